import type { ProducerRecord } from '@sluice/kafka';
import { schemaUrn } from '@sluice/messaging/contract';
import { recordOf, refusedText, type Thing } from './things.ts';

type Spoil = (record: ProducerRecord) => Partial<ProducerRecord>;

const withHeader =
  (name: string, value: string): Spoil =>
  ({ headers = [] }) => ({ headers: [...headers.filter(([other]) => other !== name), [name, value]] });

/** Ten ways in which a record can be bad, and the code of the reason that its dead letter has to give. */
export const kinds: Record<string, { code: string; spoil: Spoil }> = {
  'not JSON': { code: 'undecodable', spoil: () => ({ value: '{"text":' }) },
  'not UTF-8': { code: 'undecodable', spoil: () => ({ value: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }) },
  'no value': { code: 'undecodable', spoil: () => ({ value: null }) },
  'no key': { code: 'undecodable', spoil: () => ({ key: null }) },
  'no headers': { code: 'undecodable', spoil: () => ({ headers: [] }) },
  'an id that is none': { code: 'undecodable', spoil: withHeader('ce_id', 'seven') },
  'a negative version': { code: 'undecodable', spoil: withHeader('ce_version', '-1') },
  'an unknown version of the data': {
    code: 'unknown-data-version',
    spoil: withHeader('ce_dataschema', schemaUrn('thing.changed', 9)),
  },
  'far too long': { code: 'invalid-data', spoil: () => ({ value: JSON.stringify({ text: 'x'.repeat(300_000) }) }) },
  'refused by the handler': { code: 'refused', spoil: () => ({ value: JSON.stringify({ text: refusedText }) }) },
};

const names = Object.keys(kinds);

/** The `index`-th bad record: kinds take turns. */
export function poisonOf(topic: string, thing: Thing, index: number): { kind: string; record: ProducerRecord } {
  const kind = names[index % names.length]!;
  const record = recordOf(topic, thing);
  // A dead letter keeps the headers as they came; where they are spoilt, the origin's offset tells it apart.
  return { kind, record: { ...record, ...kinds[kind]!.spoil(record) } };
}
