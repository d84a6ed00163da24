import { eventually } from '@sluice/core/testing';
import { describe, expect, it } from 'vitest';
import { fakeProducers, type FakeKafka } from '../../test/fake-kafka.ts';
import type { Producer, ProducerOptions } from './producer.ts';

describe('the buffer of a producer', () => {
  const start = fakeProducers();

  /** And one turn of the event loop later: a request that does not linger is under way by then. */
  async function connected(kafka: FakeKafka): Promise<void> {
    await eventually(() => expect(kafka.connections).toBe(1), { intervalMs: 1 });
    await new Promise((resolve) => setImmediate(resolve));
  }

  const record = (value: string, partition = 0) => ({ topic: 't', key: 'k', value, partition });
  const big = (letter: string) => record(letter.repeat(60));

  describe('enqueue', () => {
    it('resolves before the acknowledgement, and flush waits for it', async () => {
      const [producer, kafka] = start();
      await producer.enqueue(record('a'));
      const request = await kafka.next();
      let isFlushed = false;
      const flushing = producer.flush().then(() => (isFlushed = true));
      await producer.enqueue(record('later'));
      expect(isFlushed).toBe(false);
      request.succeed();
      const later = await kafka.next();
      // Only for what was accepted before: a flush under load must come to an end.
      await flushing;
      later.succeed();
    });

    it('is flushed when all that came before are completed, whatever overtakes them in another partition', async () => {
      const [producer, kafka] = start({ batchSize: 100 });
      await producer.enqueue(record('a'));
      const first = await kafka.next();
      await producer.enqueue(big('b'));
      await producer.enqueue(big('c'));
      let isFlushed = false;
      const flushing = producer.flush().then(() => (isFlushed = true));
      await producer.enqueue(record('d', 1));
      first.succeed();
      const second = await kafka.next();
      expect(second.values.map(([letter]) => letter)).toEqual(['b', 'd']);
      second.succeed();
      const third = await kafka.next();
      expect(isFlushed).toBe(false);
      third.succeed();
      await flushing;
    });

    it('waits for room, and fails when there is none in time', async () => {
      const [producer, kafka] = start({ bufferMemory: 100 });
      await producer.enqueue(big('a'));
      const request = await kafka.next();
      await expect(producer.enqueue(big('b'), { timeoutMs: 20 })).rejects.toMatchObject({ code: 'producer-full' });
      const waiting = producer.enqueue(big('c'), { timeoutMs: 5_000 });
      request.succeed();
      await waiting;
      const next = await kafka.next();
      expect(next.values).toEqual(['c'.repeat(60)]);
      next.succeed();
    });

    it('notifies onError of a later failure, whose own failure harms nobody', async () => {
      const heard: unknown[] = [];
      const onError = (error: Error, { value }: { value: unknown }): never => {
        heard.push([value, error]);
        throw new Error('of the listener');
      };
      const [producer, kafka] = start({ onError });
      await producer.enqueue(record('a'));
      (await kafka.next()).fail();
      await eventually(() => expect(heard).toEqual([['a', expect.objectContaining({ code: 'not-acknowledged' })]]));
    });

    it('refuses a time that is none', async () => {
      await expect(start()[0].enqueue(record('a'), { timeoutMs: NaN })).rejects.toThrow(TypeError);
    });
  });

  it('rejects those who wait when it is closed', async () => {
    const [producer, kafka] = start({ bufferMemory: 100 });
    await producer.enqueue(big('a'));
    await kafka.next();
    const waiting = producer.send(big('b'));
    const closing = producer.close(10);
    await expect(waiting).rejects.toMatchObject({ code: 'producer-closed' });
    await closing;
  });

  it('lets nobody overtake those who came while the partitions were counted', async () => {
    const [producer, kafka] = start();
    kafka.holdClose = Promise.withResolvers<void>();
    const first = producer.send({ topic: 't', key: 'k', value: 'a' });
    await eventually(() => expect(kafka.counted).toBe(1));
    // The count is known by now; the caller who asked for it still waits.
    const second = producer.send({ topic: 't', key: 'k', value: 'b' });
    kafka.holdClose.resolve();
    const request = await kafka.next();
    expect(request.values).toEqual(['a', 'b']);
    request.succeed();
    await Promise.all([first, second]);
  });

  describe('lingering', () => {
    it('waits for batch mates', async () => {
      const [producer, kafka] = start({ lingerMs: 200 });
      const first = producer.send(record('a'));
      await connected(kafka);
      const second = producer.send(record('b'));
      await eventually(() => expect(kafka.requests).toHaveLength(1));
      const request = await kafka.next();
      expect(request.values).toEqual(['a', 'b']);
      request.succeed();
      await Promise.all([first, second]);
    });

    const ends: [string, ProducerOptions, (producer: Producer) => void][] = [
      ['flush is called', {}, (producer) => void producer.flush()],
      ['a batch is full', { batchSize: 200 }, (producer) => void [1, 2].map(() => producer.enqueue(big('b')))],
      ['a request is full', { maxRequestSize: 150 }, (producer) => void producer.enqueue(big('b'))],
      ['somebody waits for room', { bufferMemory: 100 }, (producer) => void producer.enqueue(big('b')).catch(() => 0)],
    ];
    it.each(ends)('ends when %s', async (_, options, end) => {
      const [producer, kafka] = start({ lingerMs: 60_000, ...options });
      await producer.enqueue(big('a'));
      await connected(kafka);
      expect(kafka.requests).toHaveLength(0);
      end(producer);
      (await kafka.next()).succeed();
    });
  });
});
