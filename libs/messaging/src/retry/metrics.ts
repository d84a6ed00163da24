import { scope, sharedCall } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';
import type { DeferredBacklog, DeferredEvents } from './deferred-events.ts';

/** Gauges of what is deferred, of each topic that there is a handler for; a scrape asks the database once. */
export function measureDeferred(
  registry: Registry,
  group: string,
  { topics, deferred }: { topics: () => readonly string[]; deferred: DeferredEvents },
): void {
  const none = { waiting: 0, oldestSeconds: 0, blockedKeys: 0 };
  const ask = async (): Promise<DeferredBacklog[]> => [
    ...topics().map((topic) => ({ topic, ...none })),
    ...(await deferred.backlog()),
  ];
  // All gauges of a scrape are collected at once. While the database is unavailable there is no number, and an old one must
  // not look fresh.
  const askOnce = sharedCall(() => ask().catch(() => []));
  const collect = async (gauge: Gauge, read: (backlog: DeferredBacklog) => number): Promise<void> => {
    const backlogs = await askOnce();
    gauge.reset();
    for (const backlog of backlogs) gauge.set({ group, topic: backlog.topic }, read(backlog));
  };
  const labelNames = ['group', 'topic'] as const;
  const registers = [registry];
  new Gauge({
    name: `${scope}_deferred_events`,
    help: 'Events that wait for another attempt, or for an earlier event of their key.',
    labelNames,
    registers,
    collect() {
      return collect(this, ({ waiting }) => waiting);
    },
  });
  new Gauge({
    name: `${scope}_deferred_oldest_seconds`,
    help: 'Time since the oldest of those events was deferred; 0 when none waits.',
    labelNames,
    registers,
    collect() {
      return collect(this, ({ oldestSeconds }) => oldestSeconds);
    },
  });
  new Gauge({
    name: `${scope}_blocked_keys`,
    help: 'Keys whose oldest deferred event has used up its attempts: it is to be retried or discarded.',
    labelNames,
    registers,
    collect() {
      return collect(this, ({ blockedKeys }) => blockedKeys);
    },
  });
}
