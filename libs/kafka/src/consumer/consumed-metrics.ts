// The metrics that OpenTelemetry's semantic conventions (1.45.0) name for consumers, as Prometheus spells them: with `_` for
// `.`, and with the unit. Tools that know the conventions find them; those of our own say more.
import { scope } from '@sluice/core';
import { Counter, Histogram, type Registry } from 'prom-client';
import { conventionBuckets } from '../convention-buckets.ts';

const labelNames = [
  'messaging_system_name',
  'messaging_operation_name',
  'messaging_destination_name',
  'messaging_consumer_group_name',
] as const;

/** `begin` with a topic that there is a handler for. */
export function measureConsumed(registry: Registry, group: string) {
  const registers = [registry];
  const consumed = new Counter({
    name: 'messaging_client_consumed_messages_total',
    help: `As ${scope}_consumer_records_total.`,
    labelNames,
    registers,
  });
  const processed = new Histogram({
    name: 'messaging_process_duration_seconds',
    help: `As ${scope}_consumer_batch_seconds.`,
    labelNames,
    buckets: conventionBuckets,
    registers,
  });
  const of = (topic: string, operation: string) => ({
    messaging_system_name: 'kafka',
    messaging_operation_name: operation,
    messaging_destination_name: topic,
    messaging_consumer_group_name: group,
  });
  return {
    begin(topic: string): void {
      consumed.inc(of(topic, 'poll'), 0);
      processed.zero(of(topic, 'process'));
    },
    end(topic: string, records: number, seconds: number): void {
      consumed.inc(of(topic, 'poll'), records);
      processed.observe(of(topic, 'process'), seconds);
    },
  };
}
