import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumerInterceptor, IncomingRecord, OffsetCommit } from '@sluice/kafka';
import { decodeEvent } from '../src/envelope/decode.ts';
import { eventually } from '@sluice/core/testing';
import { Harness, numbered } from './consumer-harness.ts';

/** As one that decrypts: the values mean nothing before. */
const reversed = ({ value }: IncomingRecord): Buffer => Buffer.from(value ?? '').reverse();
const decrypting: ConsumerInterceptor = {
  onConsume: (records) => records.map((record) => ({ ...record, value: reversed(record) })),
};

describe('interceptors and deserializer of a consumer', () => {
  let on: Harness;
  beforeEach(async () => {
    on = await Harness.open();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  /** Events whose values only an interceptor can read. */
  async function sendReversed(...texts: string[]): Promise<void> {
    const source = await Harness.open();
    await source.send(...texts.map((text, i) => ({ text, version: i + 1 })));
    for await (const record of source.driver.read({ topic: source.contract.name, until: 'latest' })) {
      const { key, headers } = record;
      await on.producer.send({ topic: on.contract.name, key, headers, value: reversed(record) });
    }
    await source[Symbol.asyncDispose]();
  }

  it('see each batch, and each position that the broker took', async () => {
    const commits: OffsetCommit[] = [];
    const consumed: bigint[] = [];
    const counting: ConsumerInterceptor = {
      onConsume: (records) => {
        consumed.push(...records.map(({ offset }) => offset));
        return records;
      },
      onCommit: (offsets) => void commits.push(...offsets),
    };
    await on.send(...numbered(5));
    await on.join(on.apply, { interceptors: [counting] });
    await eventually(async () => expect(await on.committed()).toBe(5n));
    await eventually(() => expect(commits.at(-1)).toEqual({ topic: on.contract.name, partition: 0, offset: 5n }));
    expect(consumed).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  it('are passed again by what was deferred, which is kept as it came; so are dead letters', async () => {
    let failures = 0;
    await sendReversed('a', 'later', 'too long'.repeat(20), 'b');
    await on.join(
      async (events, tx) => {
        if (events.some(({ data }) => data.text === 'later') && failures++ < 5) throw new TypeError('a defect');
        await on.apply(events, tx);
      },
      { interceptors: [decrypting], deserializer: { deserialize: decodeEvent } },
    );
    await eventually(async () => expect(await on.committed()).toBe(4n));
    await eventually(async () => expect(await on.texts()).toEqual(['a', 'later', 'b']));
    const [letter, ...others] = await on.deadLetters();
    expect(others).toEqual([]);
    expect(
      Buffer.from(letter?.value ?? '')
        .reverse()
        .toString(),
    ).toContain('too long');
  });

  it('leave records out, whose offsets are passed over', async () => {
    const odd: ConsumerInterceptor = { onConsume: (records) => records.filter(({ offset }) => offset % 2n === 1n) };
    await on.send(...numbered(5));
    await on.join(on.apply, { interceptors: [odd] });
    await eventually(async () => expect(await on.committed()).toBe(5n));
    expect(await on.texts()).toEqual(['k2', 'k4']);
  });
});
