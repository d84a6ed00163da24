import {
  kGetApi,
  kListApis,
  produceV11,
  produceV9,
  type Callback,
  type CreateRecordsBatchOptions,
  type MessageRecord,
  type Writer,
} from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from '../port.ts';
import { LeanProducer, messageOf, writeRequest, type CarriedRecord } from './produce-request.ts';

const records: Omit<OutgoingRecord, 'topic' | 'partition'>[] = [
  { key: 'k', value: '{}' },
  { key: null, value: '', headers: { ce_id: 'one', bytes: Buffer.from([0, 255]), empty: '' } },
  { key: Buffer.from('bytes'), value: null, headers: {} },
  { key: 'ü', value: '☃'.repeat(127) },
  // Around every size at which the length of a record takes one more byte.
  ...[...Array(300).keys(), 8_180, 8_185, 8_190, 70_000].map((length) => ({ key: 'k', value: 'v'.repeat(length) })),
];

const timestamp = 1_764_000_000_000n;

function carried(topic: string): CarriedRecord[] {
  return records.map((record, i) => {
    return { topic, partition: i % 3, timestamp, value: { ...record, topic, partition: i % 3 } };
  });
}

/** Of partition 1 of both topics. */
const sequences = { getWithDefault: (key: string, none: number) => (key.endsWith(':1') ? 41 : none) };

describe('a produce request', () => {
  const options = { producerId: 7n, producerEpoch: 3, sequences: sequences as never };
  const cases: [string, number, Partial<CreateRecordsBatchOptions>][] = [
    ['with sequences', -1, options],
    ['without', 1, {}],
    ['that is not answered', 0, {}],
  ];

  it.each(cases)('%s is byte for byte what the library writes', (_name, acks, given) => {
    const messages = [...carried('one'), ...carried('other')];
    const theirs = produceV11.createRequest(acks, 30_000, messages.map(messageOf), given);
    const ours = writeRequest(acks, 30_000, messages, given);
    expect(ours.buffer.equals(theirs.buffer)).toBe(true);
    expect(ours.context).toEqual(theirs.context);
  });
});

/** What a producer writes onto a connection when the broker's newest version of the API is this one. */
async function written(maxVersion: number, options: Partial<CreateRecordsBatchOptions>) {
  const { promise, resolve } = Promise.withResolvers<{ version: number; request: Writer }>();
  const send = (_key: number, version: number, createPayload: () => Writer | Promise<Writer>): void => {
    void Promise.resolve(createPayload()).then((request) => resolve({ version, request }));
  };
  const producer = new Asked({ clientId: 'spec', bootstrapBrokers: ['127.0.0.1:1'] });
  producer.apis = [{ name: 'Produce', apiKey: 0, minVersion: 3, maxVersion }];
  // Its first call ever: the library asks for the broker's versions, and then for the API once more.
  producer[kGetApi]('Produce', (_error, api) => {
    api?.({ send } as never, -1, 30_000, carried('t'), options, () => undefined);
  });
  const found = await promise;
  await producer.close();
  return found;
}

class Asked extends LeanProducer {
  apis: object[] = [];

  override [kListApis](callback: Callback<never>): void {
    callback(null, this.apis as never);
  }
}

describe('the API that the producer uses', () => {
  const messages = (): MessageRecord[] => carried('t').map(messageOf);

  it('is ours for a broker of today', async () => {
    const { version, request } = await written(12, {});
    expect(version).toBe(11);
    expect(request.buffer.equals(produceV11.createRequest(-1, 30_000, messages(), {}).buffer)).toBe(true);
    expect(request.buffers.length).toBeLessThan(records.length);
  });

  it('is the library’s for one that is older', async () => {
    const { version, request } = await written(9, {});
    expect(version).toBe(9);
    expect(request.buffer.equals(produceV9.createRequest(-1, 30_000, messages(), {}).buffer)).toBe(true);
  });

  it('is the library’s for what is to be compressed', async () => {
    const options = { compression: 'gzip' } as const;
    const { request } = await written(12, options);
    const theirs = await produceV11.createRequestAsync(-1, 30_000, messages(), options);
    expect(request.buffer.equals(theirs.buffer)).toBe(true);
  });
});
