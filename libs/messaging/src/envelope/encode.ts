import type { Header } from '@sluice/kafka';
import { contentType, header, specVersion } from './envelope.ts';

/** An event with everything its envelope needs; `payload` is its data as JSON text. */
export interface EnvelopedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** See `schemaUrn`. */
  readonly dataSchema: string;
  /** RFC 3339. */
  readonly time: string;
  readonly key: string;
  readonly version: number;
  readonly traceparent?: string | null | undefined;
  readonly tracestate?: string | null | undefined;
  readonly baggage?: string | null | undefined;
  readonly payload: string;
}

export interface EncodedEvent {
  key: string;
  value: string;
  headers: Header<string>[];
}

/** A CloudEvent in Kafka's binary mode: attributes as `ce_` headers, data as the record's value. */
export function encodeEvent(event: EnvelopedEvent): EncodedEvent {
  const headers: Header<string>[] = [
    [header.specVersion, specVersion],
    [header.id, event.id],
    [header.source, event.source],
    [header.type, event.type],
    [header.time, event.time],
    [header.subject, event.key],
    [header.partitionKey, event.key],
    [header.dataSchema, event.dataSchema],
    [header.version, String(event.version)],
    [header.contentType, contentType],
  ];
  if (event.traceparent) headers.push([header.traceparent, event.traceparent]);
  if (event.traceparent && event.tracestate) headers.push([header.tracestate, event.tracestate]);
  if (event.baggage) headers.push([header.baggage, event.baggage]);
  return { key: event.key, value: event.payload, headers };
}
