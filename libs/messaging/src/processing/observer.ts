import { scope } from '@sluice/core';
import { Counter, type Registry } from 'prom-client';

/** Is notified of what becomes of events that fail. */
export interface ProcessingObserver {
  /** A dead letter was written. */
  deadLetter(topic: string): void;
  /** Events were deferred: one that failed, or those that follow it. */
  deferred(topic: string, events: number): void;
  /** A deferred event was tried again. */
  attempt(topic: string, outcome: 'done' | 'failed'): void;
}

const ignore = (): void => undefined;

export const silentProcessingObserver: ProcessingObserver = { deadLetter: ignore, deferred: ignore, attempt: ignore };

export function measureProcessing(registry: Registry): ProcessingObserver {
  const registers = [registry];
  const labelNames = ['topic'] as const;
  const letters = new Counter({ name: 'dlq_records_total', help: 'Dead letters written.', labelNames, registers });
  const deferred = new Counter({
    name: `${scope}_deferred_total`,
    help: 'Events that were deferred because they, or an earlier event of their key, failed.',
    labelNames,
    registers,
  });
  const attempts = new Counter({
    name: `${scope}_deferred_attempts_total`,
    help: 'Attempts at deferred events.',
    labelNames: ['topic', 'outcome'],
    registers,
  });
  return {
    deadLetter: (topic) => letters.inc({ topic }),
    deferred: (topic, events) => deferred.inc({ topic }, events),
    attempt: (topic, outcome) => attempts.inc({ topic, outcome }),
  };
}
