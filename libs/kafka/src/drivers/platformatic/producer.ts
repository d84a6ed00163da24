import { ProduceAcks, Producer, type MessageToProduce } from '@platformatic/kafka';
import { closed, connected } from '../connection.ts';
import type {
  DriverOptions,
  OutgoingRecord,
  ProducerConnection,
  ProducerConnectionOptions,
  RecordMetadata,
} from '../port.ts';
import { OneBatch } from '../one-batch.ts';
import { metadataOf, unknownMetadataOf } from '../record-metadata.ts';
import { refusalsTold } from '../translate.ts';
import { clientOptions, persistently } from './client.ts';
import { refusedOf } from './errors.ts';

/** One batch at a time, for the order: concurrent sends of this client overtake each other when one is repeated. */
export class PlatformaticProducer implements ProducerConnection {
  readonly #producer: Producer;
  readonly #acks: number;
  readonly #oneBatch = new OneBatch();

  private constructor(producer: Producer, acks: number) {
    this.#producer = producer;
    this.#acks = acks;
  }

  /** Connects and gets a producer id; rejects after `timeoutMs`. */
  static connect(
    options: DriverOptions,
    timeoutMs: number,
    { acks = 'all', compression = 'none' }: ProducerConnectionOptions = {},
  ): Promise<PlatformaticProducer> {
    const wanted = acks === 'all' ? ProduceAcks.ALL : acks;
    const idempotent = acks === 'all';
    const producer = new Producer({
      ...clientOptions(options, persistently),
      acks: wanted,
      idempotent,
      compression,
    });
    producer.on('error', () => undefined);
    const connection = new PlatformaticProducer(producer, wanted);
    const connecting = idempotent ? producer.initIdempotentProducer({}) : producer.metadata({ topics: [] });
    return connected(connection, Promise.resolve<unknown>(connecting), timeoutMs, 'a producer');
  }

  sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    return this.#oneBatch.run(() => refusalsTold(this.#send(records), refusedOf));
  }

  close(): Promise<void> {
    return closed(this.#producer.close());
  }

  async #send(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    const { offsets = [] } = await this.#producer.send({ messages: records.map(messageOf), acks: this.#acks });
    return this.#acks === 0 ? unknownMetadataOf(records) : metadataOf(records, offsets);
  }
}

/** Names of headers are buffers in the client's map, so that two of the same text are two. */
function messageOf({
  topic,
  partition,
  key,
  value,
  headers = [],
}: OutgoingRecord): MessageToProduce<Buffer, Buffer, Buffer, Buffer> {
  const pairs = headers.map(([name, content]) => [Buffer.from(name), bytesOf(content)] as const);
  return { topic, partition, key: bytesOf(key), value: bytesOf(value), headers: new Map(pairs) };
}

function bytesOf(part: string | Buffer | null): Buffer {
  if (part === null) return noBytes;
  return typeof part === 'string' ? Buffer.from(part) : part;
}

/** The protocol's null, which the client writes and its types leave out. */
const noBytes = null as unknown as Buffer;
