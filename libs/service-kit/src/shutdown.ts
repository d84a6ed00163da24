import { withTimeout } from '@sluice/core';
import { stopEndingAtOnce } from '@sluice/core/signals';
import type { Logger } from 'pino';

export interface ShutdownStep {
  name: string;
  /** Share of the whole time that the step may take before the next one begins, 0 to 1. */
  share: number;
  run: (budgetMs: number) => Promise<void>;
}

/**
 * Runs the steps one after the other. Each gets its share of `timeoutMs` and what the earlier ones left over; one that
 * fails or takes too long is logged, and the next one runs. False when there was such a step.
 */
export async function shutDown(steps: ShutdownStep[], timeoutMs: number, logger: Logger): Promise<boolean> {
  const startedAt = Date.now();
  let allotted = 0;
  let clean = true;
  for (const { name, share, run } of steps) {
    allotted += share;
    const budgetMs = Math.max(50, startedAt + timeoutMs * allotted - Date.now());
    try {
      await withTimeout(run(budgetMs), budgetMs, name);
    } catch (error) {
      clean = false;
      logger.error({ err: error }, `shutdown: ${name} did not end well`);
    }
  }
  return clean;
}

export interface SignalOptions {
  timeoutMs: number;
  logger: Logger;
  shutDown: () => Promise<boolean>;
  exit: (code: number) => void;
  /** Where the signals come from; default `process`. */
  signals?: Pick<NodeJS.EventEmitter, 'on'>;
}

/** SIGTERM and SIGINT begin the shutdown; a second one, or the time limit, ends the process with 1. */
export function onTermination(options: SignalOptions): void {
  const { timeoutMs, logger, exit, shutDown: stop, signals = process } = options;
  let begun = false;
  const begin = (reason: string): void => {
    if (begun) {
      logger.warn(`${reason} again: ending at once`);
      exit(1);
      return;
    }
    begun = true;
    logger.info(`${reason}: shutting down`);
    setTimeout(() => {
      logger.error(`shutdown took longer than ${timeoutMs} ms`);
      exit(1);
    }, timeoutMs).unref();
    void stop().then(
      (clean) => exit(clean ? 0 : 1),
      (error: unknown) => {
        logger.error({ err: error }, 'shutdown failed');
        exit(1);
      },
    );
  };
  signals.on('SIGTERM', () => begin('SIGTERM'));
  signals.on('SIGINT', () => begin('SIGINT'));
  stopEndingAtOnce();
}
