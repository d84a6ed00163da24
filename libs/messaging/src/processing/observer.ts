import { scope } from '@sluice/core';
import { Counter, type Registry } from 'prom-client';

/** Is notified of what becomes of events that fail. */
export interface ProcessingObserver {
  /** There is a handler for the topic: its series begin. */
  consumes(topic: string): void;
  /** A dead letter was written. */
  deadLetter(topic: string): void;
  /** Events were deferred: one that failed, or those that follow it. */
  deferred(topic: string, events: number): void;
  /** A deferred event was tried again. */
  attempt(topic: string, outcome: 'done' | 'failed'): void;
}

const ignore = (): void => undefined;

export const silentProcessingObserver: ProcessingObserver = {
  consumes: ignore,
  deadLetter: ignore,
  deferred: ignore,
  attempt: ignore,
};

const ofTopic = ['group', 'topic'] as const;

export function measureProcessing(registry: Registry, group: string): ProcessingObserver {
  const registers = [registry];
  const letters = new Counter({
    name: `${scope}_dead_letters_total`,
    help: 'Dead letters written.',
    labelNames: ofTopic,
    registers,
  });
  const deferred = new Counter({
    name: `${scope}_deferred_events_total`,
    help: 'Events that were deferred because they, or an earlier event of their key, failed.',
    labelNames: ofTopic,
    registers,
  });
  const attempts = new Counter({
    name: `${scope}_deferred_attempts_total`,
    help: 'Attempts at deferred events, done or failed.',
    labelNames: ['group', 'topic', 'outcome'],
    registers,
  });
  return {
    consumes(topic) {
      letters.inc({ group, topic }, 0);
      deferred.inc({ group, topic }, 0);
      for (const outcome of ['done', 'failed'] as const) attempts.inc({ group, topic, outcome }, 0);
    },
    deadLetter: (topic) => letters.inc({ group, topic }),
    deferred: (topic, events) => deferred.inc({ group, topic }, events),
    attempt: (topic, outcome) => attempts.inc({ group, topic, outcome }),
  };
}
