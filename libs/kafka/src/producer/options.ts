import { z } from 'zod';
import { checked, type Log, whole } from '@sluice/core';
import { compressions, type Compression } from '../drivers/compression.ts';
import type { ProducerInterceptor } from './interceptors.ts';
import type { ProducerObserver } from './observer.ts';
import type { Partitioner, PartitionerName } from './partitioner.ts';
import type { Bytes, ProducerRecord } from './record.ts';
import type { Serializer } from './serializer.ts';

/** Times are whole milliseconds, sizes whole bytes. */
export interface ProducerOptions<V = Bytes> {
  /** Kafka `batch.size`: most bytes of one partition in one request; default 524,288 (Kafka: 16,384). */
  batchSize?: number;
  /**
   * Kafka `linger.ms`: how long a record waits for batch mates while no batch is full; default 0 (Kafka: 5). What comes
   * while a request is in flight travels together anyway.
   */
  lingerMs?: number;
  /** Kafka `max.request.size`; default 1,048,576 − 1,024, which leaves space for the batches' headers. */
  maxRequestSize?: number;
  /** Kafka `buffer.memory`; default 33,554,432. */
  bufferMemory?: number;
  /** Kafka `max.block.ms`: longest wait for a topic's partitions and for space in the buffer; default 10,000 (Kafka: 60,000). */
  maxBlockMs?: number;
  /**
   * Kafka `delivery.timeout.ms`: a record waits at most this long for its request, and as long again for the
   * acknowledgement; default 120,000.
   */
  deliveryTimeoutMs?: number;
  /** Kafka `compression.type`: `none`, `gzip`, `snappy`, `lz4` or `zstd`; default `none`. */
  compression?: Compression;
  /** Kafka `partitioner.class`; default `murmur2`, which chooses as Kafka's Java client and kafkajs do. */
  partitioner?: PartitionerName | Partitioner;
  /** Kafka `value.serializer`; default: bytes and text as they are. */
  serializer?: Serializer<V>;
  /** Kafka `interceptor.classes`, in order. */
  interceptors?: readonly ProducerInterceptor<V>[];
  /** Called with every record that was enqueued and not acknowledged; default: it is logged. */
  onError?: (error: Error, record: ProducerRecord<V>) => void;
  /** Called with a topic that was deleted while records wait for it; default: they wait until it exists. */
  onMissingTopic?: (topic: string) => void;
  /** For metrics; see `measureProducing`. */
  observer?: ProducerObserver;
  /** Where its own lines go; default nowhere. The module gives it Nest's logger. */
  log?: Log;
}

const anObject = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object');
const canSerialize = (value: unknown): boolean =>
  typeof (value as Partial<Serializer> | null)?.serialize === 'function';
const callable = z.custom<Partitioner>((value) => typeof value === 'function', 'must be a function');

const schema = z
  .strictObject({
    batchSize: whole(1).default(524_288),
    lingerMs: whole(0).default(0),
    maxRequestSize: whole(1).default(1_048_576 - 1_024),
    bufferMemory: whole(1).default(33_554_432),
    maxBlockMs: whole(0).default(10_000),
    deliveryTimeoutMs: whole(1).default(120_000),
    compression: z.enum(compressions, `must be one of ${compressions.join(', ')}`).default('none'),
    partitioner: z
      .union(
        [z.enum(['murmur2', 'roundRobin', 'random']), callable],
        'must be murmur2, roundRobin, random or a function',
      )
      .default('murmur2'),
    serializer: z.custom<object>(canSerialize, 'must have a method serialize').optional(),
    interceptors: z.array(anObject, 'must be a list').optional(),
    onError: callable.optional(),
    onMissingTopic: callable.optional(),
    observer: anObject.optional(),
    log: anObject.optional(),
  })
  .refine(({ lingerMs, deliveryTimeoutMs }) => lingerMs < deliveryTimeoutMs, {
    path: ['lingerMs'],
    message: 'must be less than deliveryTimeoutMs',
  });

export type ProducerLimits = Pick<
  z.output<typeof schema>,
  | 'batchSize'
  | 'lingerMs'
  | 'maxRequestSize'
  | 'bufferMemory'
  | 'maxBlockMs'
  | 'deliveryTimeoutMs'
  | 'compression'
  | 'partitioner'
>;

/** The options with their defaults. Throws a `TypeError` whose one sentence names the first option that is wrong. */
export function producerLimits<V>(options: ProducerOptions<V>): ProducerLimits {
  return checked('a producer', schema, options);
}
