import type { KafkaMessage } from 'kafkajs';
import { expect, it } from 'vitest';
import { incoming } from './incoming.ts';

it('has one value of each header, and no header without a value', () => {
  const headers = { one: Buffer.from('1'), two: [Buffer.from('2'), Buffer.from('3')], text: '4', none: null };
  const message = { offset: '5', timestamp: '6', key: null, value: null, headers } as unknown as KafkaMessage;
  const record = incoming({ topic: 't', partition: 0 }, message);
  const found = Object.entries(record.headers).map(([name, value]) => [name, String(value)]);
  expect(found).toEqual([
    ['one', '1'],
    ['two', '2'],
    ['text', '4'],
  ]);
});
