import { SpanKind, trace, type Attributes } from '@opentelemetry/api';
import { conventions } from '@sluice/core';
import { headerOf, type OutgoingRecord, type ProducerInterceptor } from '@sluice/kafka';
import { header, replayHeader } from '../envelope/envelope.ts';
import { headersIn, sampledOriginOf } from './record-headers.ts';
import { linkTo, SharedSpans, type Participants, type SharedStep } from './shared-span.ts';

const { messaging } = conventions;
const sending = {
  [messaging.system]: messaging.kafka,
  [messaging.operationName]: messaging.send,
  [messaging.operationType]: messaging.send,
};

/** For a producer: spans of each request, for the records in it whose traces are sampled. They leave with those spans. */
export const tracedSending: Pick<ProducerInterceptor, 'onRequest'> = {
  onRequest(records) {
    const origins = records.map(({ headers }) => sampledOriginOf(headers));
    if (!origins.some((origin) => origin)) return undefined;
    const spans = SharedSpans.start(stepOf(records, origins), origins);
    if (!spans) return undefined;
    for (const [i, record] of records.entries()) {
      const own = spans.contexts[i];
      if (own && own !== origins[i]) record.headers = headersIn(own, record.headers ?? [], String);
    }
    return (result) => {
      if (result instanceof Error) return spans.end({ error: result });
      for (const [i, own] of spans.contexts.entries()) {
        if (own && own !== origins[i]) trace.getSpan(own)?.setAttribute(messaging.offset, Number(result[i]?.offset));
      }
      spans.end();
    };
  },
};

/** By the conventions the span whose context a message carries is a producer's, and the one of the request a client's. */
function stepOf(records: readonly OutgoingRecord[], origins: Participants): SharedStep {
  const topics = new Set(records.map(({ topic }) => topic));
  const [topic] = topics;
  const to = topic !== undefined && topics.size === 1 ? { [messaging.destination]: topic } : {};
  return {
    name: topics.size === 1 ? `${messaging.send} ${topic}` : messaging.send,
    kind: SpanKind.CLIENT,
    attributes: { ...sending, ...to, [messaging.batchSize]: records.length },
    own: (i) => {
      const record = records[i]!;
      const isReplayed = headerOf(record.headers ?? [], replayHeader.of) !== undefined;
      return {
        name: `${messaging.send} ${record.topic}`,
        kind: SpanKind.PRODUCER,
        attributes: { ...sending, ...aboutRecord(record) },
        ...(isReplayed && { links: linkTo(origins[i]) }),
      };
    },
  };
}

/** What the conventions want to know of a record. */
export function aboutRecord(record: Pick<OutgoingRecord, 'topic' | 'partition' | 'key' | 'headers'>): Attributes {
  const id = headerOf(record.headers ?? [], header.id);
  return {
    [messaging.destination]: record.topic,
    [messaging.partition]: String(record.partition),
    ...(record.key !== null && { [messaging.key]: record.key.toString() }),
    ...(id !== undefined && { [messaging.messageId]: id.toString() }),
  };
}
