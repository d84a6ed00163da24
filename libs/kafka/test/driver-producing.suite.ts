import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { compressions } from '../src/drivers/compression.ts';
import { DriverBench, valuesOf, type DriverEnvironment } from './driver-bench.ts';

const codecs = compressions.filter((compression) => compression !== 'none');

export function producingSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it('answers offsets in the order of the records, across partitions and topics', async () => {
    const [one, other] = [await bench.topic(2), await bench.topic(1)];
    const places: [string, number][] = [
      [one, 0],
      [one, 1],
      [other, 0],
      [one, 0],
      [one, 1],
      [one, 1],
      [other, 0],
    ];
    const written = await bench.send(places.map(([topic, partition]) => ({ topic, partition, key: null, value: 'v' })));
    expect(written.map(({ topic, partition }) => [topic, partition])).toEqual(places);
    expect(written.map(({ offset }) => offset)).toEqual([0n, 0n, 0n, 1n, 1n, 2n, 1n]);
  });

  it('goes on where it was with each batch of a connection', async () => {
    const topic = await bench.topic(1);
    const producer = await bench.driver.producer();
    const offsets: bigint[] = [];
    for (const value of ['a', 'b', 'c']) {
      const [written] = await producer.sendBatch([{ topic, partition: 0, key: 'k', value }]);
      if (written) offsets.push(written.offset);
    }
    await producer.close();
    expect(offsets).toEqual([0n, 1n, 2n]);
    expect(valuesOf(await bench.read(topic))).toEqual(['a', 'b', 'c']);
  });

  it('refuses a second batch while one is under way', async () => {
    const record = { topic: await bench.topic(1), partition: 0, key: null, value: 'v' };
    const producer = await bench.driver.producer();
    const first = producer.sendBatch([record]);
    await expect(producer.sendBatch([record])).rejects.toThrow('under way');
    await first;
    await producer.close();
  });

  it('keeps keys, values and headers as they are: bytes, nothing, or empty', async () => {
    const topic = await bench.topic(1);
    const bytes = Buffer.from([0, 255, 128, 10]);
    const headers = Object.entries({ bytes, text: 'grün', empty: '' });
    const began = Date.now();
    await bench.send([
      { topic, partition: 0, key: bytes, value: bytes, headers },
      { topic, partition: 0, key: null, value: 'without a key' },
      { topic, partition: 0, key: 'tombstone', value: null },
      { topic, partition: 0, key: '', value: '' },
    ]);
    const [binary, keyless, tombstone, empty] = await bench.read(topic);
    expect(binary).toMatchObject({ topic, partition: 0, offset: 0n, key: bytes, value: bytes });
    const received = { bytes, text: Buffer.from('grün'), empty: Buffer.alloc(0) };
    expect(binary?.headers).toEqual(Object.entries(received));
    expect(binary?.timestampMs).toBeGreaterThanOrEqual(began);
    expect(binary?.timestampMs).toBeLessThanOrEqual(Date.now());
    expect(keyless).toMatchObject({ key: null, value: Buffer.from('without a key'), headers: [] });
    expect(tombstone).toMatchObject({ key: Buffer.from('tombstone'), value: null });
    expect(empty).toMatchObject({ key: Buffer.alloc(0), value: Buffer.alloc(0) });
  });

  it.each(compressions)('keeps the list of headers: repeated, null, of any name (%s)', async (compression) => {
    const topic = await bench.topic(1);
    const names = ['b', '__proto__', '10', 'b', 'toString', '2', 'b'];
    const headers = names.map((name, i) => [name, i === 3 ? null : Buffer.from([i])] as const);
    await bench.send([{ topic, partition: 0, key: 'k', value: 'v', headers }], { compression });
    expect((await bench.read(topic))[0]?.headers).toEqual(headers);
    const { recorder } = await bench.join(freshName('group'), topic);
    await eventually(() => expect(recorder.records[0]?.headers).toEqual(headers));
  });

  it('takes a record of 900 kB, and calls one that the broker refuses invalid', async () => {
    const topic = await bench.topic(1);
    const [large, tooLarge] = [900_000, 1_500_000].map((bytes) => 'x'.repeat(bytes));
    await bench.produce(topic, 0, [large ?? '']);
    await expect(bench.produce(topic, 0, [tooLarge ?? ''])).rejects.toMatchObject({ kind: 'invalid' });
    await bench.produce(topic, 0, ['after']);
    expect((await bench.read(topic)).map(({ value }) => value?.length)).toEqual([900_000, 5]);
  });

  it.each(codecs)('compresses with %s: what is too large as it is fits then', async (compression) => {
    const topic = await bench.topic(1, { 'max.message.bytes': '10000' });
    const value = 'x'.repeat(100_000);
    await expect(bench.produce(topic, 0, [value])).rejects.toMatchObject({ kind: 'invalid' });
    expect(await bench.produce(topic, 0, [value, 'next'], { compression })).toEqual([0n, 1n]);
    expect(valuesOf(await bench.read(topic))).toEqual([value, 'next']);
  });

  it('knows the offset with one acknowledgement, and not without any', async () => {
    const topic = await bench.topic(1);
    expect(await bench.produce(topic, 0, ['one'], { acks: 1 })).toEqual([0n]);
    expect(await bench.produce(topic, 0, ['two', 'three'], { acks: 0 })).toEqual([-1n, -1n]);
    const seen: string[] = [];
    for await (const { value } of bench.driver.read({ topic, until: { offset: 3n } })) seen.push(String(value));
    expect(seen).toEqual(['one', 'two', 'three']);
  });
}
