import { describe, expect, it } from 'vitest';
import { fakeProducers } from '../../test/fake-kafka.ts';
import type { OutgoingRecord } from '../drivers/port.ts';
import { AppError } from '@sluice/core';

describe('Producer', () => {
  const start = fakeProducers();

  const record = (value: string, partition = 0): OutgoingRecord => ({ topic: 't', key: null, value, partition });

  it('coalesces what arrives while a request is in flight, and never has two', async () => {
    const [producer, kafka] = start();
    const first = producer.send(record('a'));
    const request = await kafka.next();
    const others = ['b', 'c', 'd'].map((value) => producer.send(record(value)));
    request.succeed();
    const second = await kafka.next();
    expect(second.values).toEqual(['b', 'c', 'd']);
    second.succeed();
    await Promise.all([first, ...others]);
    expect(kafka.maxInFlight).toBe(1);
  });

  it('sends a request that is full before it tells the callers of the one before', async () => {
    const [producer, kafka] = start({ batchSize: 100 });
    let isAcknowledged = false;
    const first = producer.send(record('a')).then(() => (isAcknowledged = true));
    const request = await kafka.next();
    const others = ['b', 'c'].map((value) => producer.send(record(value.repeat(60))));
    request.succeed();
    const second = await kafka.next();
    expect([second.values, isAcknowledged]).toEqual([['b'.repeat(60)], false]);
    await first;
    second.succeed();
    (await kafka.next()).succeed();
    await Promise.all(others);
  });

  it('resolves each record with its own partition and offset', async () => {
    const [producer, kafka] = start();
    const sending = producer.sendBatch([record('a'), record('b')]);
    (await kafka.next()).succeed();
    expect((await sending).map(({ offset }) => offset)).toEqual([0n, 1n]);
  });

  it('takes a new producer id after a failure, and fails what waited behind it in the same partition', async () => {
    const [producer, kafka] = start();
    const failing = producer.send(record('a', 0));
    const request = await kafka.next();
    const behind = producer.send(record('b', 0));
    const elsewhere = producer.send(record('c', 1));
    request.fail();
    await expect(failing).rejects.toMatchObject({ kind: 'unavailable', code: 'not-acknowledged' });
    await expect(behind).rejects.toMatchObject({ kind: 'unavailable' });
    const next = await kafka.next();
    expect(next).toMatchObject({ values: ['c'], connection: 2 });
    next.succeed();
    await elsewhere;
  });

  it('finds the record that the broker refuses, and delivers its neighbours', async () => {
    const [producer, kafka] = start();
    const results = Promise.allSettled(['a', 'bad', 'c'].map((value) => producer.send(record(value))));
    const refusal = new AppError('invalid', 'record-refused', 'too large');
    (await kafka.next()).fail(refusal);
    for (const value of ['a', 'bad', 'c']) {
      const request = await kafka.next();
      expect(request.values).toEqual([value]);
      if (value === 'bad') request.fail(refusal);
      else request.succeed();
    }
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('completes a whole batch before it reports a failure', async () => {
    const [producer, kafka] = start({ maxRequestSize: 100 });
    let completed = false;
    const sending = producer.sendBatch([record('x'.repeat(60), 0), record('y'.repeat(60), 1)]).finally(() => {
      completed = true;
    });
    sending.catch(() => undefined);
    (await kafka.next()).fail();
    const second = await kafka.next();
    expect(completed).toBe(false);
    second.succeed();
    await expect(sending).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('blocks when the buffer is full, then fails, in the order of the calls', async () => {
    const [producer, kafka] = start({ bufferMemory: 100, maxBlockMs: 20 });
    const first = producer.send(record('x'.repeat(60)));
    const request = await kafka.next();
    await expect(producer.send(record('y'.repeat(60)))).rejects.toMatchObject({ code: 'producer-full' });
    const waiting = producer.send(record('z'.repeat(60)));
    request.succeed();
    await first;
    (await kafka.next()).succeed();
    await waiting;
    expect(producer.bufferedBytes).toBe(0);
  });

  it('refuses a record that fits into no request', async () => {
    const [producer] = start({ maxRequestSize: 100 });
    await expect(producer.send(record('x'.repeat(100)))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('gives up after the delivery timeout while no broker can be reached', async () => {
    const [producer, kafka] = start({ deliveryTimeoutMs: 40 });
    kafka.away = true;
    await expect(producer.send(record('a'))).rejects.toMatchObject({ code: 'delivery-timeout' });
  });

  it('flushes when it is closed, and takes nothing after', async () => {
    const [producer, kafka] = start();
    const sending = producer.send(record('a'));
    const request = await kafka.next();
    const closing = producer.close(1_000);
    request.succeed();
    await closing;
    await sending;
    await expect(producer.send(record('b'))).rejects.toMatchObject({ code: 'producer-closed' });
  });

  it('chooses the partition by key, else in turn', async () => {
    const [producer, kafka] = start();
    const keyed = { topic: 't', key: 'abc', value: 'v' };
    const sending = producer.sendBatch([keyed, keyed, ...[1, 2, 3].map(() => ({ ...keyed, key: null }))]);
    (await kafka.next()).succeed();
    const partitions = (await sending).map(({ partition }) => partition);
    expect(partitions[0]).toBe(partitions[1]);
    expect(new Set(partitions.slice(2)).size).toBe(3);
  });
});
