import { z } from 'zod';

/** One kind of event: its CloudEvents `type`, the version of its data, and the schema of that data. */
export interface EventContract<
  Type extends string = string,
  Schema extends z.ZodType = z.ZodType,
  DataVersion extends number = number,
> {
  readonly type: Type;
  /** Version of the data's shape; readers dead-letter a version they do not know. Not the aggregate's version. */
  readonly dataVersion: DataVersion;
  readonly data: Schema;
}

/** A topic holds the events of one aggregate. A type may occur in several data versions, side by side. */
export interface TopicContract<Events extends readonly EventContract[] = readonly EventContract[]> {
  readonly name: string;
  readonly partitions: number;
  /** What its records are keyed by, in words. */
  readonly key: string;
  readonly events: Events;
  /** Kafka's topic configuration for when it is created, e.g. `{ 'flush.messages': '1' }`; default: the broker's. */
  readonly config?: Record<string, string>;
}

/** W3C trace context: which trace something belongs to, and what each system on its way has to say about it. */
export interface TraceContext {
  readonly traceparent?: string;
  /** Only together with `traceparent`. */
  readonly tracestate?: string;
  /** W3C baggage: what a caller wants everyone to know who works for it. Never for a mail, a log or a metric. */
  readonly baggage?: string;
}

/**
 * What a producer hands over; the envelope's id, source and time are added by the outbox and its relay. The trace context
 * is that of the event's cause; default when sending: the active span's, if there is one.
 */
export interface OutgoingEvent<
  Type extends string = string,
  Data = unknown,
  DataVersion extends number = number,
> extends TraceContext {
  readonly type: Type;
  /** Default: the only one that the topic has of this type; to be said when there are several. */
  readonly dataVersion?: DataVersion;
  /** Aggregate id: CloudEvents `subject` and `partitionkey`, Kafka's record key. */
  readonly key: string;
  /** The aggregate's version after this event, assigned under its row lock: 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly data: Data;
}

/** What a handler receives. */
export interface ReceivedEvent<
  Type extends string = string,
  Data = unknown,
  DataVersion extends number = number,
> extends OutgoingEvent<Type, Data, DataVersion> {
  readonly dataVersion: DataVersion;
  /** CloudEvents `id`, a UUIDv7: the same on every delivery, so it is what consumers deduplicate by. */
  readonly id: string;
  readonly source: string;
  /** When the event happened, RFC 3339. */
  readonly time: string;
}

/** Distributes over the contracts, so that `type` and `dataVersion` tell the events apart. */
type Received<E> =
  E extends EventContract<infer Type, infer Schema, infer Version>
    ? ReceivedEvent<Type, z.output<Schema>, Version>
    : never;
type Outgoing<E> =
  E extends EventContract<infer Type, infer Schema, infer Version>
    ? OutgoingEvent<Type, z.input<Schema>, Version>
    : never;

/** The union of events that a topic carries, discriminated by `type`, and by `dataVersion` where a type has several. */
export type EventsOf<T extends TopicContract> = Received<T['events'][number]>;

/** The same for what is handed over: what the data may be before defaults and transformations. */
export type OutgoingOf<T extends TopicContract> = Outgoing<T['events'][number]>;

/** `dataVersion`: default 1. */
export function defineEvent<Type extends string, Schema extends z.ZodType, const DataVersion extends number = 1>(
  type: Type,
  data: Schema,
  dataVersion = 1 as DataVersion,
): EventContract<Type, Schema, DataVersion> {
  return { type, dataVersion, data };
}

/** `partitions`: default 6. */
export function defineTopic<const Events extends readonly EventContract[]>(
  name: string,
  { key, events, partitions = 6 }: Pick<TopicContract<Events>, 'key' | 'events'> & { partitions?: number },
): TopicContract<Events> {
  return { name, partitions, key, events };
}

/** Where records of a topic go that a group cannot process. */
export function deadLetterTopic(topicName: string, group: string): string {
  return `${topicName}.${group}.dlq`;
}
