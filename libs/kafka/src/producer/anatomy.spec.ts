import { afterEach, describe, expect, it } from 'vitest';
import { FakeKafka } from '../../test/fake-kafka.ts';
import type { RecordMetadata } from '../drivers/port.ts';
import type { Partitioner } from './partitioner.ts';
import { Producer, type ProducerOptions } from './producer.ts';

describe('the parts of a producer', () => {
  const open: { close(timeoutMs: number): Promise<void> }[] = [];
  afterEach(async () => {
    for (const producer of open.splice(0)) await producer.close(0);
  });

  function start<V>(options: ProducerOptions<V>): [Producer<V>, FakeKafka] {
    const kafka = new FakeKafka();
    const producer = new Producer(kafka.driver, options);
    open.push(producer);
    return [producer, kafka];
  }

  const text = { topic: 't', key: null, value: 'a' };
  const fail = (): never => {
    throw new Error('of the interceptor');
  };

  describe('interceptors', () => {
    it('change records one after the other, before they are serialized', async () => {
      const [producer, kafka] = start<string>({
        interceptors: [1, 2].map((n) => ({ onSend: (record) => ({ ...record, value: `${record.value}${n}` }) })),
        serializer: { serialize: (_topic, value) => value.toUpperCase() },
      });
      const sending = producer.send(text);
      const request = await kafka.next();
      expect(request.values).toEqual(['A12']);
      request.succeed();
      await sending;
    });

    it('hear of each record once: where it is, or why it is not', async () => {
      const heard: [string, RecordMetadata | Error][] = [];
      const [producer, kafka] = start<string>({
        maxRequestSize: 100,
        interceptors: [{ onAcknowledgement: (outcome, { value }) => void heard.push([value, outcome]) }],
      });
      const sending = producer.send(text);
      (await kafka.next()).succeed();
      await sending;
      const failing = producer.send({ ...text, value: 'b' });
      (await kafka.next()).fail();
      await expect(failing).rejects.toMatchObject({ code: 'not-acknowledged' });
      await expect(producer.send({ ...text, value: 'c'.repeat(100) })).rejects.toMatchObject({ kind: 'invalid' });
      expect(heard).toEqual([
        ['a', expect.objectContaining({ offset: 0n })],
        ['b', expect.objectContaining({ code: 'not-acknowledged' })],
        ['c'.repeat(100), expect.objectContaining({ code: 'record-too-large' })],
      ]);
    });

    it('see each request with the headers it leaves with, and what became of it', async () => {
      const results: unknown[] = [];
      const [producer, kafka] = start({
        interceptors: [
          {
            onRequest: (records) => {
              for (const record of records) record.headers = [['request', String(records.length)]];
              return (result) => void results.push(result);
            },
          },
        ],
      });
      const sending = producer.sendBatch([text, { ...text, value: 'b', headers: [['request', 'none']] }]);
      const request = await kafka.next();
      expect(request.headers).toEqual([[['request', '2']], [['request', '2']]]);
      expect(results).toEqual([]);
      request.succeed();
      const written = await sending;
      const failing = producer.send(text);
      (await kafka.next()).fail(new Error('gone'));
      await expect(failing).rejects.toMatchObject({ code: 'not-acknowledged' });
      expect(results).toEqual([written, expect.objectContaining({ message: 'gone' })]);
    });

    it('fail without failing the record', async () => {
      const warnings: string[] = [];
      const note = (_: object, message: string) => void warnings.push(message);
      const log = { debug: note, info: note, warn: note, error: note };
      const [producer, kafka] = start({
        log,
        interceptors: [{ onSend: fail, onAcknowledgement: fail, onRequest: fail }],
      });
      const sending = producer.send(text);
      (await kafka.next()).succeed();
      await expect(sending).resolves.toMatchObject({ offset: 0n });
      const hooks = ['onSend', 'onRequest', 'onAcknowledgement'];
      expect(warnings).toEqual(hooks.map((hook) => expect.stringContaining(hook) as string));
    });
  });

  describe('serializer', () => {
    it('makes bytes of values', async () => {
      const [producer, kafka] = start({
        serializer: { serialize: (topic, value: { n: number }) => `${topic}${value.n}` },
      });
      const sending = producer.send({ ...text, value: { n: 7 } });
      const request = await kafka.next();
      expect(request.values).toEqual(['t7']);
      request.succeed();
      await sending;
    });

    it('refuses what it does not understand, as does the default one', async () => {
      const refusal = { kind: 'invalid', code: 'not-serializable' };
      await expect(start({ serializer: { serialize: fail } })[0].send(text)).rejects.toMatchObject(refusal);
      await expect(start({})[0].send({ ...text, value: 7 })).rejects.toMatchObject(refusal);
    });
  });

  describe('partitioner', () => {
    async function partitions(options: ProducerOptions, keys: (string | null)[]): Promise<number[]> {
      const [producer, kafka] = start(options);
      const sending = producer.sendBatch(keys.map((key) => ({ ...text, key })));
      (await kafka.next()).succeed();
      return (await sending).map(({ partition }) => partition);
    }

    it('takes turns, whatever the key', async () => {
      expect(await partitions({ partitioner: 'roundRobin' }, ['a', 'a', null, 'a'])).toEqual([0, 1, 2, 0]);
    });

    it('takes any partition', async () => {
      const many = Array.from({ length: 200 }, () => 'a');
      expect(new Set(await partitions({ partitioner: 'random' }, many))).toEqual(new Set([0, 1, 2]));
    });

    it('is a function of topic, key and number of partitions', async () => {
      const partitioner: Partitioner = (topic, key, count) => (topic === 't' && key === 'a' ? count - 1 : 0);
      expect(await partitions({ partitioner }, ['a', 'b'])).toEqual([2, 0]);
    });

    it.each([-1, 3, 0.5, NaN])('is refused when it answers %d, and so is a caller who does', async (partition) => {
      const refusal = { kind: 'invalid', code: 'no-such-partition' };
      const [producer] = start({ partitioner: () => partition });
      await expect(producer.send(text)).rejects.toMatchObject(refusal);
      await expect(start({})[0].send({ ...text, partition })).rejects.toMatchObject(refusal);
    });
  });
});
