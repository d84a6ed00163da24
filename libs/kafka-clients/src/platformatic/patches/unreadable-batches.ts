import {
  Consumer,
  kGetApi,
  Reader,
  readRecordsBatches,
  ResponseError,
  type API,
  type Callback,
  type RecordsBatch,
} from '@platformatic/kafka';
import type { UnreadableBatch } from '@sluice/kafka/driver';
import { readBatches } from '../../record-batches.ts';

type Parse = (id: number, key: number, version: number, reader: Reader) => unknown;
type Send = (key: number, version: number, create: unknown, parse: Parse, ...rest: unknown[]) => void;
/** What the client's functions for requests are, as far as the parser of the answer is concerned. */
type Request = (connection: { send: Send }, ...args: unknown[]) => void;

interface FetchResponse {
  responses: { partitions: { records: RecordsBatch[] | null; unreadable?: UnreadableBatch }[] }[];
}

/**
 * @platformatic/kafka 2.12.1 fails the whole answer for a batch that it can't decode, and looks at no checksum. This
 * consumer leaves such a batch out, and notes it at its partition, as `unreadable`.
 */
export class TolerantConsumer extends Consumer {
  override [kGetApi]<Args extends unknown[], Response>(name: string, callback: Callback<API<Args, Response>>): void {
    super[kGetApi]<Args, Response>(name, (error, api) =>
      callback(error, api && name === 'Fetch' ? tolerant(api) : api),
    );
  }
}

function tolerant<Args extends unknown[], Response>(api: API<Args, Response>): API<Args, Response> {
  const request = api as unknown as Request;
  const fetch: Request = (connection, ...args) => {
    const send: Send = (key, version, create, parse, ...rest) =>
      connection.send(key, version, create, (...answer) => parsed(parse, answer), ...rest);
    request({ send }, ...args);
  };
  return Object.assign(fetch as unknown as typeof api, { key: api.key, version: api.version });
}

function parsed(parse: Parse, answer: Parameters<Parse>): unknown {
  try {
    return parseOnce(parse, answer);
  } catch (error) {
    if (error instanceof ResponseError) throw error;
    // A batch with the right checksum and the wrong content: now each is tried alone.
    return parseOnce(parse, answer, (batch) => void readRecordsBatches(Reader.from(batch)));
  }
}

function parseOnce(
  parse: Parse,
  [id, key, version, reader]: Parameters<Parse>,
  decode?: (batch: Buffer) => void,
): unknown {
  const found: UnreadableBatch[] = [];
  const readable = (bytes: Buffer): Buffer => {
    const { readable: batches, unreadable } = readBatches(bytes, decode);
    return Buffer.concat(unreadable ? [...batches, mark(found.push(unreadable) - 1)] : batches);
  };
  const response = parse(id, key, version, intercepted(reader, readable)) as FetchResponse;
  for (const partition of response.responses.flatMap(({ partitions }) => partitions)) {
    const last = partition.records?.at(-1);
    if (!last || !(last.attributes & markBit)) continue;
    partition.records?.pop();
    partition.unreadable = found[last.firstSequence]!;
  }
  return response;
}

/** Requests of version 12 and later take the records as a part of the buffer, the earlier ones as bytes. */
function intercepted({ buffer }: Reader, readable: (bytes: Buffer) => Buffer): Reader {
  const reader = Reader.from(buffer.subarray(0));
  const subarray = reader.buffer.subarray.bind(reader.buffer);
  reader.buffer.subarray = (start, end) => Reader.from(readable(subarray(start, end).buffer)).buffer;
  const readNullableBytes = reader.readNullableBytes.bind(reader);
  reader.readNullableBytes = (compact) => {
    const bytes = readNullableBytes(compact);
    return bytes && readable(bytes);
  };
  return reader;
}

/** A bit of the attributes that Kafka doesn't use. */
const markBit = 1 << 14;

/** A batch without records that stands where the one was that can't be read, so that the client's parser passes it on. */
function mark(index: number): Buffer {
  const batch = Buffer.alloc(61);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(markBit, 21);
  batch.writeBigInt64BE(-1n, 43);
  batch.writeInt32BE(index, 53);
  return batch;
}
