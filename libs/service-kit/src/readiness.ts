import { Injectable } from '@nestjs/common';
import { withTimeout } from '@sluice/core';
import { Lifecycle } from './lifecycle.ts';

export type Health = 'up' | 'degraded' | 'down';
/** With what it is about, for people: shown by `/readyz` beside the health. */
export interface ExplainedHealth {
  health: Health;
  details: unknown;
}
export type HealthCheck = () => Promise<Health | ExplainedHealth> | Health | ExplainedHealth;

export interface CheckOptions {
  /** A required check that is down makes the process not ready; any other only degrades it. Default true. */
  required?: boolean;
  /** A check that takes longer is down; milliseconds, default 2,000. */
  timeoutMs?: number;
}

export interface ReadinessReport {
  status: 'ready' | 'degraded' | 'not-ready' | 'draining';
  checks: Record<string, Health>;
  /** Of the checks that explain themselves. */
  details?: Record<string, unknown>;
}

/** What `/readyz` answers from: every part that a service can't work without registers a check here. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, { check: HealthCheck; required: boolean; timeoutMs: number }>();

  constructor(private readonly lifecycle: Lifecycle) {}

  register(name: string, check: HealthCheck, options: CheckOptions = {}): void {
    this.#checks.set(name, { check, required: options.required ?? true, timeoutMs: options.timeoutMs ?? 2_000 });
  }

  async report(): Promise<ReadinessReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, { check, required, timeoutMs }]) => {
        const answer = await withTimeout(run(check), timeoutMs, `check ${name}`).catch((): Health => 'down');
        return { name, required, ...(typeof answer === 'string' ? { health: answer, details: undefined } : answer) };
      }),
    );
    const checks = Object.fromEntries(results.map(({ name, health }) => [name, health]));
    const explained = results.filter(({ details }) => details !== undefined);
    const details = Object.fromEntries(explained.map((result) => [result.name, result.details]));
    const report = { checks, ...(explained.length > 0 && { details }) };
    if (this.lifecycle.draining) return { status: 'draining', ...report };
    if (results.some(({ required, health }) => required && health === 'down')) {
      return { status: 'not-ready', ...report };
    }
    return { status: results.every(({ health }) => health === 'up') ? 'ready' : 'degraded', ...report };
  }
}

/** A check that throws is one that rejects. */
async function run(check: HealthCheck): Promise<Health | ExplainedHealth> {
  return check();
}
