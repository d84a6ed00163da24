import { createRecordsBatch } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { patchedModule } from '../patched.ts';
import type { Messages } from '../raw-message.ts';
import type { BatchOfPartition } from './unreadable-batches.ts';

type Decode = (decoder: object) => Promise<Messages>;
type Construct<T> = new (...args: unknown[]) => T;

const decode = patchedModule<Decode>('src/protocol/requests/fetch/v4/decodeMessages');
const Decoder = patchedModule<Construct<object>>('src/protocol/decoder');
const Batch = patchedModule<Construct<BatchOfPartition & { isEmptyDueToFiltering(): boolean }>>('src/consumer/batch');

/** At these offsets, with a wrong checksum where it is negative. */
async function fetched(position: bigint, ...offsets: number[]) {
  const batches = offsets.map((offset) => {
    const batch = Buffer.from(createRecordsBatch([{ topic: 't', value: Buffer.from('v') }]).buffer);
    batch.writeBigInt64BE(BigInt(Math.abs(offset)));
    return offset < 0 ? batch.fill('!', 20, 21) : batch;
  });
  const bytes = Buffer.concat(batches);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  const messages = await decode(new Decoder(Buffer.concat([length, bytes])));
  const partition = { partition: 0, highWatermark: '99', abortedTransactions: [], messages };
  return { messages, batch: new Batch('t', String(position), partition) };
}

describe('a fetched partition of the patched kafkajs', () => {
  it('ends before the batch that can not be read, and its position does too', async () => {
    const { messages, batch } = await fetched(5n, 5, 6, -7, 8);
    expect(messages.map(({ offset }) => offset)).toEqual(['5', '6']);
    expect(messages.unreadable).toMatchObject({ offset: 7n, next: 8n });
    expect(batch.lastOffset()).toBe('6');
  });

  it('is handed on without records too, and has passed nothing then', async () => {
    const { messages, batch } = await fetched(7n, -7, 8);
    expect(messages).toHaveLength(0);
    expect([batch.isEmpty(), batch.isEmptyDueToFiltering(), batch.lastOffset()]).toEqual([false, false, '6']);
  });

  it('is what it was when all can be read', async () => {
    const { messages, batch } = await fetched(5n, 5, 6);
    expect([messages.length, messages.unreadable, batch.isEmpty(), batch.lastOffset()]).toEqual([
      2,
      undefined,
      false,
      '6',
    ]);
    const empty = await fetched(5n);
    expect([empty.batch.isEmpty(), empty.batch.lastOffset()]).toEqual([true, '98']);
  });
});
