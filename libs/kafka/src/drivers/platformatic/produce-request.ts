import { crc32c } from '@node-rs/crc32';
import {
  createAPI,
  kGetApi,
  Producer,
  produceV11,
  Writer,
  type API,
  type Callback,
  type Connection,
  type CreateRecordsBatchOptions,
  type MessageRecord,
} from '@platformatic/kafka';
import type { OutgoingRecord } from '../port.ts';
import { RecordWriter } from '../record-writer.ts';

/** As the library's producer hands it on: it leaves values as they are, so that a record can travel as one. */
export interface CarriedRecord {
  topic: string;
  partition: number;
  value: OutgoingRecord;
  /** Epoch milliseconds; the same for all of a request. */
  timestamp: bigint;
}

type Options = Partial<CreateRecordsBatchOptions>;
type Arguments = [acks: number, timeoutMs: number, messages: CarriedRecord[], options: Options];
type Produce = API<Arguments, unknown>;
type ArgumentsOfLibrary = [acks: number, timeoutMs: number, messages: MessageRecord[], options: Options];
type ProduceOfLibrary = API<ArgumentsOfLibrary, unknown>;

/**
 * The library's producer, but for how it writes a request. Its own encoder makes a buffer of each number, ten for a record
 * and four more for each header, and joins them all twice. What decides about retries, leaders and sequences is the
 * library, and so is what reads the answers.
 */
export class LeanProducer extends Producer<Buffer, OutgoingRecord> {
  override [kGetApi]<Args extends unknown[], Answer>(name: string, callback: Callback<API<Args, Answer>>): void {
    if (name !== 'Produce') return super[kGetApi](name, callback);
    super[kGetApi]<ArgumentsOfLibrary, unknown>(name, (error, api) => callback(error, api && (leanly(api) as never)));
  }
}

const produce: Produce = createAPI(produceV11.api.key, produceV11.api.version, writeRequest, produceV11.parseResponse);

/** What `leanly` has made: the library asks for its API once more after it has learned what the broker can. */
const made = new WeakSet<object>();

/** Brokers that don't know this version, records to be compressed and transactions are left to the library. */
function leanly(library: ProduceOfLibrary): object {
  if (made.has(library)) return library;
  const api = (connection: Connection, ...args: [...Arguments, Callback<unknown>]): void => {
    const [acks, timeoutMs, messages, options, callback] = args;
    const isPlain = (options.compression ?? 'none') === 'none' && options.transactionalId === undefined;
    if (library.version === produce.version && isPlain) produce(connection, ...args);
    else library(connection, acks, timeoutMs, messages.map(messageOf), options, callback);
  };
  made.add(api);
  return api;
}

/** One for all requests: a connection copies what was written for it in the same turn. */
const records = new RecordWriter();

export function writeRequest(...[acks, timeoutMs, messages, options]: Arguments): Writer {
  records.clear();
  const request = Writer.create()
    .appendString(null)
    .appendInt16(acks)
    .appendInt32(timeoutMs)
    .appendMap(
      Map.groupBy(messages, ({ topic }) => topic),
      (writer, [topic, ofTopic]) => {
        const batches = Map.groupBy(ofTopic, ({ partition }) => partition);
        writer.appendString(topic).appendMap(batches, (of, [partition, batch]) => {
          of.appendInt32(partition).appendBytes(writeBatch(batch, sequenceOf(topic, partition, options), options));
        });
      },
    )
    .appendTaggedFields();
  if (acks === 0) request.context['noResponse'] = true;
  return request;
}

function sequenceOf(topic: string, partition: number, { sequences }: Options): number {
  return sequences?.getWithDefault(`${topic}:${partition}`, 0) ?? 0;
}

/** Of a batch in its current format: from the base offset to the number of records. */
const headBytes = 61;

function writeBatch(
  messages: CarriedRecord[],
  sequence: number,
  { producerId = -1n, producerEpoch = 0 }: Options,
): Buffer {
  const start = records.length;
  records.gap(headBytes);
  messages.forEach(({ value }, offsetDelta) => records.record(value, offsetDelta));
  const batch = records.since(start);
  const { timestamp } = messages[0]!;
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(0, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(0, 21);
  batch.writeInt32BE(messages.length - 1, 23);
  batch.writeBigInt64BE(timestamp, 27);
  batch.writeBigInt64BE(timestamp, 35);
  batch.writeBigInt64BE(producerId, 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(sequence, 53);
  batch.writeInt32BE(messages.length, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** As the library's own encoder takes it. */
export function messageOf({ topic, partition, timestamp, value: record }: CarriedRecord): MessageRecord {
  const { key, value, headers = {} } = record;
  const pairs = Object.entries(headers).map(([name, content]) => [Buffer.from(name), bytesOf(content)] as const);
  return { topic, partition, timestamp, key: bytesOf(key), value: bytesOf(value), headers: new Map(pairs) };
}

function bytesOf(part: string | Buffer | null): Buffer {
  if (part === null) return noBytes;
  return typeof part === 'string' ? Buffer.from(part) : part;
}

/** The protocol's null, which the library writes and its types leave out. */
const noBytes = null as unknown as Buffer;
