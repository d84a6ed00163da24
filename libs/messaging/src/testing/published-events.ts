import { headerOf, type KafkaDriver } from '@sluice/kafka';
import { header } from '../envelope/envelope.ts';
import { readTopic } from '@sluice/kafka/testing';

export interface PublishedEvent {
  /** The service that published it, as a URN. */
  source: string;
  key: string;
  version: number;
  type: string;
  data: unknown;
  traceparent: string | undefined;
  tracestate: string | undefined;
  baggage: string | undefined;
}

/**
 * What was published of these keys, by key and version. For tests: the outbox forgets what it has sent. An event that the
 * relay has sent twice, as it may when an acknowledgement comes late, is one, as it is to every consumer.
 */
export async function publishedEvents(
  driver: KafkaDriver,
  topic: string,
  keys: readonly string[],
): Promise<PublishedEvent[]> {
  const records = await readTopic(driver, topic);
  const once = new Map(records.map((record) => [String(headerOf(record.headers, header.id)), record]));
  const events = [...once.values()].map(({ key, value, headers }) => ({
    source: String(headerOf(headers, header.source)),
    key: String(key),
    version: Number(String(headerOf(headers, header.version))),
    type: String(headerOf(headers, header.type)),
    data: JSON.parse(String(value)) as unknown,
    traceparent: headerOf(headers, header.traceparent)?.toString(),
    tracestate: headerOf(headers, header.tracestate)?.toString(),
    baggage: headerOf(headers, header.baggage)?.toString(),
  }));
  const wanted = events.filter(({ key }) => keys.includes(key));
  return wanted.sort((a, b) => (a.key === b.key ? a.version - b.version : a.key < b.key ? -1 : 1));
}
