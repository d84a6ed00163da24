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

  it('sends nothing with the key of a record that was refused, in its request or waiting, and the rest', async () => {
    const [producer, kafka] = start({ maxRequestSize: 300 });
    const keyed = (value: string, key: string) => ({ topic: 't', key, value: value.padEnd(40), partition: 0 });
    const all = [
      ['bad', 'k'],
      ['a', 'x'],
      ['b', 'k'],
      ['c', 'y'],
      ['d', 'z'],
      ['e', 'k'],
      ['f', 'x'],
    ] as const;
    const sending = producer.sendEach(all.map(([value, key]) => keyed(value, key)));
    const taken: string[] = [];
    const answer = async (): Promise<void> => {
      const request = await kafka.next();
      if (request.values.some((value) => value.startsWith('bad')))
        return request.fail(new AppError('invalid', 'record-refused', 'too large'));
      taken.push(...request.values.map((value) => value.trim()));
      request.succeed();
    };
    let isDone = false;
    void sending.then(() => (isDone = true));
    while (!isDone) await answer().catch((error: unknown) => expect(String(error)).toContain('no request'));
    const codes = (await sending).map((outcome) => (outcome instanceof AppError ? outcome.code : 'taken'));
    expect(codes).toEqual(['record-refused', 'taken', 'not-sent', 'taken', 'taken', 'not-sent', 'taken']);
    expect(taken).toEqual(['a', 'c', 'd', 'f']);
  });

  it('asks only once when the broker takes nothing of a topic for now, and delivers to the others', async () => {
    const [producer, kafka] = start();
    const to = (topic: string) => ({ ...record('v'), topic });
    // Their partitions are known from here on.
    for (const topic of ['closed', 'open']) {
      const first = producer.send(to(topic));
      (await kafka.next()).succeed();
      await first;
    }
    const sending = producer.sendEach([to('closed'), to('closed'), to('open'), to('closed')]);
    const closed = new AppError('unavailable', 'refused-for-now', 'TOPIC_AUTHORIZATION_FAILED');
    (await kafka.next()).fail(closed);
    (await kafka.next()).fail(closed);
    (await kafka.next()).succeed();
    const outcomes = await sending;
    expect(outcomes.map((outcome) => outcome === closed)).toEqual([true, true, false, true]);
    expect(outcomes[2]).toMatchObject({ topic: 'open' });
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
