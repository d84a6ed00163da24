import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { thingTopic } from '../../test/contracts.ts';
import type { ReceivedEvent } from '../contract/contract.ts';
import { headerOf, type ConsumerInterceptor, ConsumerInterceptors, type IncomingRecord } from '@sluice/kafka';
import { DecodeError } from '../envelope/decode.ts';
import { silentLog } from '@sluice/core';
import { RecordDecoder } from './record-decoder.ts';
import { checkedDeserializer, type Deserializer } from './deserializer.ts';

function recordsOf(...texts: string[]): IncomingRecord[] {
  return texts.map((text, i) => {
    const place = { topic: thingTopic.name, partition: 0, offset: BigInt(i), timestampMs: 0 };
    return { ...place, key: Buffer.from('k'), value: Buffer.from(text), headers: [] };
  });
}

const anEvent = (text: string): ReceivedEvent => ({
  ...{ id: randomUUID(), source: 'urn:elsewhere', time: '2026-11-23T10:00:00Z', type: 'thing.changed' },
  ...{ dataVersion: 1, key: 'k', version: 1, data: { text } },
});

/** A format of somebody else's: the value is the text. */
const plain: Deserializer = { deserialize: (_topic, { value }) => anEvent(String(value)) };

function decoderOf(
  deserializer: Deserializer,
  interceptors: ConsumerInterceptor[] = [],
  log = silentLog,
): RecordDecoder {
  const parts = [checkedDeserializer(deserializer), new ConsumerInterceptors(interceptors, log)] as const;
  return new RecordDecoder(thingTopic, ...parts);
}

const appended = (letter: string): ConsumerInterceptor => ({
  onConsume: (records) => records.map((record) => ({ ...record, value: Buffer.from(String(record.value) + letter) })),
});

const typesOf = (decoder: RecordDecoder, ...types: string[]): string[] => {
  const records = types.map((type) => ({ ...recordsOf('a')[0]!, headers: [['ce_type', Buffer.from(type)]] as const }));
  return decoder.decode(records).deliveries.map(({ record }) => String(headerOf(record.headers, 'ce_type')));
};

function textsOf(decoder: RecordDecoder, records: IncomingRecord[]): unknown[] {
  return decoder.decode(records).deliveries.map(({ event }) => (event.data as { text: string }).text);
}

describe('a deserializer', () => {
  it('makes events of whatever the records are', () => {
    expect(textsOf(decoderOf(plain), recordsOf('a', 'b'))).toEqual(['a', 'b']);
  });

  it('passes over what it has no event for, and types that the contract does not have', () => {
    const unknown = { deserialize: () => ({ ...anEvent('a'), type: 'thing.sold' }) };
    for (const deserializer of [{ deserialize: () => undefined }, unknown]) {
      expect(decoderOf(deserializer).decode(recordsOf('a'))).toEqual({ deliveries: [], rejected: [] });
    }
  });

  const failing = {
    deserialize: () => {
      throw new RangeError('cut off');
    },
  };
  const answering = (event: object): Deserializer => ({ deserialize: () => ({ ...anEvent('a'), ...event }) });
  it.each([
    [failing, 'undecodable', 'the deserializer failed: cut off'],
    [answering({ data: { text: 1 } }), 'invalid-data', 'expected string'],
    [answering({ dataVersion: 7 }), 'unknown-data-version', 'this reader knows 1'],
    [answering({ id: '42' }), 'undecodable', 'must be a UUID'],
    [answering({ key: '' }), 'undecodable', 'key'],
    [answering({ version: 0 }), 'undecodable', 'version'],
  ])('is held to the contract %#', (deserializer, code, message) => {
    const { deliveries, rejected } = decoderOf(deserializer).decode(recordsOf('a'));
    expect(deliveries).toEqual([]);
    expect(rejected.map(({ error }) => error)).toEqual([expect.any(DecodeError)]);
    expect(rejected[0]?.error).toMatchObject({ kind: 'invalid', code });
    expect(String(rejected[0]?.error)).toContain(message);
  });

  it('answers ids as the inbox knows them', () => {
    const id = randomUUID();
    const [delivery] = decoderOf(answering({ id: id.toUpperCase() })).decode(recordsOf('a')).deliveries;
    expect(delivery?.event.id).toBe(id);
  });
});

describe('the types that a handler wants', () => {
  const wanting = (deserializer: Deserializer) =>
    new RecordDecoder(thingTopic, checkedDeserializer(deserializer), new ConsumerInterceptors([], silentLog), [
      'thing.moved',
    ]);
  const moved = { ...anEvent(''), type: 'thing.moved', dataVersion: 3, data: { to: { x: 1, y: 1 } } };

  it('are told by the headers where the deserializer can do that, before anything else of a record is looked at', () => {
    const asked: string[] = [];
    const decoder = wanting({
      typeOf: ({ headers }) => String(headerOf(headers, 'ce_type')),
      deserialize: (_topic, { headers }) => {
        asked.push(String(headerOf(headers, 'ce_type')));
        return moved;
      },
    });
    expect(typesOf(decoder, 'thing.changed', 'thing.moved', 'thing.sold')).toEqual(['thing.moved']);
    expect(asked).toEqual(['thing.moved']);
  });

  it('are told by the event otherwise: a deserializer may make a wanted one of a type that the contract does not have', () => {
    expect(typesOf(wanting({ deserialize: () => moved }), 'com.acme.moved')).toEqual(['com.acme.moved']);
    expect(wanting(plain).decode(recordsOf('a'))).toEqual({ deliveries: [], rejected: [] });
    expect(wanting({ deserialize: () => moved }).decode(recordsOf('a')).deliveries).toHaveLength(1);
  });
});

describe('consumer interceptors', () => {
  it('change records one after the other, before they are deserialized; the record itself stays as it came', () => {
    const records = recordsOf('a', 'b');
    const decoder = decoderOf(plain, [appended('1'), appended('2')]);
    expect(textsOf(decoder, records)).toEqual(['a12', 'b12']);
    expect(decoder.decode(records).deliveries.map(({ record }) => record)).toEqual(records);
  });

  it('leave records out', () => {
    const even: ConsumerInterceptor = { onConsume: (records) => records.filter(({ offset }) => offset % 2n === 0n) };
    const { deliveries, rejected } = decoderOf(plain, [even]).decode(recordsOf('a', 'b', 'c'));
    expect(deliveries.map(({ record }) => record.offset)).toEqual([0n, 2n]);
    expect(rejected).toEqual([]);
  });

  it('fail without failing the records, and can not make any up', () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
    const broken: ConsumerInterceptor = {
      onConsume: () => {
        throw new Error('of the interceptor');
      },
      onCommit: () => {
        throw new Error('of the interceptor');
      },
    };
    const inventing: ConsumerInterceptor = { onConsume: (records) => [...records, ...recordsOf('x')] };
    const interceptors = [appended('1'), broken, inventing, appended('2')];
    expect(textsOf(decoderOf(plain, interceptors, log), recordsOf('a'))).toEqual(['a12']);
    new ConsumerInterceptors(interceptors, log).onCommit([{ topic: 't', partition: 0, offset: 1n }]);
    expect(warnings.map((warning) => warning.replace(/^.*'s /, ''))).toEqual([
      'onConsume failed',
      'onConsume failed',
      'onCommit failed',
    ]);
  });
});
