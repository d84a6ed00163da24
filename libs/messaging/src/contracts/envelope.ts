import { z } from 'zod';

/** One kind of event: its CloudEvents `type`, the version of its data, and the schema of that data. */
export interface EventContract<Type extends string = string, Schema extends z.ZodType = z.ZodType> {
  readonly type: Type;
  /** Version of the data's shape; readers dead-letter a version they do not know. Not the aggregate's version. */
  readonly dataVersion: number;
  readonly data: Schema;
}

/** A topic holds the events of one aggregate, keyed by order id. */
export interface TopicContract<Events extends readonly EventContract[] = readonly EventContract[]> {
  readonly name: string;
  readonly partitions: number;
  readonly events: Events;
}

/** What a producer hands over; the envelope's id, source and time are added by the outbox. */
export interface OutgoingEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  /** Aggregate id: CloudEvents `subject` and `partitionkey`, Kafka's record key. */
  readonly key: string;
  /** The aggregate's version after this event, assigned under its row lock: 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly data: Data;
  /** W3C trace context of whoever caused the event. Default when sending: the active span's, if there is one. */
  readonly traceparent?: string;
}

/** What a handler receives. */
export interface ReceivedEvent<Type extends string = string, Data = unknown> extends OutgoingEvent<Type, Data> {
  /** CloudEvents `id`, a UUIDv7: the same on every delivery, so it is what consumers deduplicate by. */
  readonly id: string;
  readonly source: string;
  /** When the event happened, RFC 3339. */
  readonly time: string;
}

/** Distributes over the contracts, so that `type` tells the events apart. */
type Received<E> = E extends EventContract<infer Type, infer Schema> ? ReceivedEvent<Type, z.output<Schema>> : never;
type Outgoing<E> = E extends EventContract<infer Type, infer Schema> ? OutgoingEvent<Type, z.input<Schema>> : never;

/** The union of events that a topic carries, discriminated by `type`. */
export type EventsOf<T extends TopicContract> = Received<T['events'][number]>;

/** The same for what is handed over: what the data may be before defaults and transformations. */
export type OutgoingOf<T extends TopicContract> = Outgoing<T['events'][number]>;

export function event<Type extends string, Schema extends z.ZodType>(
  type: Type,
  data: Schema,
  dataVersion = 1,
): EventContract<Type, Schema> {
  return { type, dataVersion, data };
}

export function topic<const Events extends readonly EventContract[]>(
  name: string,
  events: Events,
  partitions = 6,
): TopicContract<Events> {
  return { name, partitions, events };
}

/** Where records of a topic go that a group cannot process. */
export function deadLetterTopic(topicName: string, group: string): string {
  return `${topicName}.${group}.dlq`;
}
