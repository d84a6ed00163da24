import { scope } from '@sluice/core';
import { schemaUrn } from '../contract/json-schema.ts';

/** Names of CloudEvents 1.0 in Kafka's binary mode, shared by both directions. See docs/adr/0009. */
export const header = {
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  specVersion: 'ce_specversion',
  time: 'ce_time',
  subject: 'ce_subject',
  partitionKey: 'ce_partitionkey',
  dataSchema: 'ce_dataschema',
  /** Extension attribute: the aggregate's version after the event. */
  version: 'ce_version',
  contentType: 'content-type',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  baggage: 'baggage',
} as const;

/** What a replayed record carries, and the next dead letter of it, should it fail again. */
export const replayHeader = {
  /** Id of the dead letter that it was replayed from. */
  of: 'x-replay-of',
  /** How often it has been replayed: 1, 2, 3 … */
  count: 'x-replay-count',
} as const;

export const specVersion = '1.0';
export const contentType = 'application/json';

/** The data version that a `dataschema` names, or undefined when it is not one of `type`. */
export function dataVersionOf(dataSchema: string, type: string): number | undefined {
  const version = Number(dataSchema.slice(dataSchema.lastIndexOf(':') + 1));
  return Number.isSafeInteger(version) && dataSchema === schemaUrn(type, version) ? version : undefined;
}

/** CloudEvents `source` of a service. */
export function sourceUrn(service: string): string {
  return `urn:${scope}:service:${service}`;
}
