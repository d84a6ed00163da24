import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RelayOptions } from '@sluice/messaging';

/** How far a batch is: its rows are read, its request is on its way, the broker acknowledged it (they are not deleted yet). */
export const relaySteps = ['committed', 'sending', 'published'] as const;
export type RelayStep = (typeof relaySteps)[number];

export interface RelaySettings extends Pick<RelayOptions, 'batchSize' | 'leaseTtlMs' | 'standbyMs' | 'pollMs'> {
  owner: string;
  databaseUrl: string;
  brokers: string;
  /** Stops for ever at a step of its n-th batch, counted from 1; its lease is renewed meanwhile. */
  hang?: { at: RelayStep; inBatch: number };
}

export interface RelayReport {
  step: RelayStep;
  hung: boolean;
}

interface Waiting {
  wanted: (report: RelayReport) => boolean;
  resolve: (report: RelayReport) => void;
  reject: (error: Error) => void;
}

/** The parent's hand on one relay process. */
export class RelayProcess {
  readonly #child: ChildProcess;
  readonly #stderr: Buffer[] = [];
  #waiting: Waiting[] = [];

  constructor(readonly settings: RelaySettings) {
    const hooks = join(import.meta.dirname, 'swc-hooks.mjs');
    this.#child = fork(join(import.meta.dirname, 'relay-main.ts'), [JSON.stringify(settings)], {
      execArgv: ['--import', hooks, '--conditions=@sluice/source', '--no-warnings'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.on('message', (report: RelayReport) => this.#settle(({ wanted }) => wanted(report), report));
    this.#child.on('exit', () => this.#settle(() => true));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
  }

  /** Resolves when a batch gets to this step. Rejects, as `hangs` does, when the process ends first. */
  async reaches(step: RelayStep): Promise<void> {
    await this.#report((report) => report.step === step);
  }

  /** Resolves with the step where it stopped for ever. */
  async hangs(): Promise<RelayStep> {
    const { step } = await this.#report(({ hung }) => hung);
    return step;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  wake(): void {
    this.#child.kill('SIGCONT');
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #report(wanted: (report: RelayReport) => boolean): Promise<RelayReport> {
    const { promise, resolve, reject } = Promise.withResolvers<RelayReport>();
    this.#waiting.push({ wanted, resolve, reject });
    if (this.#hasEnded) this.#settle(() => true);
    return promise;
  }

  /** Answers those who wait for it; without a report the process has ended. */
  #settle(isDue: (one: Waiting) => boolean, report?: RelayReport): void {
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { resolve, reject } of due) {
      if (report) resolve(report);
      else reject(new Error(`relay ${this.settings.owner} ended: ${Buffer.concat(this.#stderr).toString()}`));
    }
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
