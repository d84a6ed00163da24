// The metrics that OpenTelemetry's semantic conventions (1.45.0) name for producers, as Prometheus spells them: with `_` for
// `.`, and with the unit. Tools that know the conventions find them; those of our own say more.
import { scope } from '@sluice/core';
import { Counter, Histogram, type Registry } from 'prom-client';
import { conventionBuckets } from '../convention-buckets.ts';
import type { RequestOutcome } from './observer.ts';

const labelNames = ['messaging_system_name', 'messaging_operation_name', 'error_type'] as const;
const send = { messaging_system_name: 'kafka', messaging_operation_name: 'send' };

/** Of all topics together: a request has records of several. */
export function measureSent(registry: Registry) {
  const registers = [registry];
  const sent = new Counter({
    name: 'messaging_client_sent_messages_total',
    help: 'Records of requests that were answered or given up.',
    labelNames,
    registers,
  });
  const duration = new Histogram({
    name: 'messaging_client_operation_duration_seconds',
    help: `As ${scope}_producer_request_seconds.`,
    labelNames,
    buckets: conventionBuckets,
    registers,
  });
  sent.inc(send, 0);
  duration.zero(send);
  return (outcome: RequestOutcome, records: number, seconds: number): void => {
    const labels = outcome === 'acknowledged' ? send : { ...send, error_type: outcome };
    sent.inc(labels, records);
    duration.observe(labels, seconds);
  };
}
