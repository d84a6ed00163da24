import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { EventContract, EventsOf, TopicContract } from '../contract/contract.ts';
import { headerOf, type IncomingRecord } from '@sluice/kafka';
import { AppError } from '@sluice/core';
import { contentType, dataVersionOf, header, specVersion } from './envelope.ts';
import { wellFormed } from './trace-context.ts';

/**
 * - `undecodable`: not a CloudEvent of ours, or its value is not JSON
 * - `unknown-type`: well-formed, but the topic's contract has no such type: not for this reader, to be ignored
 * - `unknown-data-version`: a known type in a shape this reader does not know
 * - `invalid-data`: known type and version, but the data breaks the schema
 */
export type DecodeErrorCode = 'undecodable' | 'unknown-type' | 'unknown-data-version' | 'invalid-data';

/** Why a record could not become an event; the message names the header or field. */
export class DecodeError extends AppError {
  declare readonly code: DecodeErrorCode;

  constructor(code: DecodeErrorCode, message: string, options?: ErrorOptions) {
    super('invalid', code, message, options);
    this.name = 'DecodeError';
  }
}

type Encoded = Pick<IncomingRecord, 'key' | 'value' | 'headers'>;
type WithHeaders = Pick<Encoded, 'headers'>;

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const dateTime = z.iso.datetime({ offset: true });

/** The event in a record of `topic`. Throws a `DecodeError`; nothing is guessed or filled in. */
export function decodeEvent<T extends TopicContract>(
  topic: T,
  { key: keyBytes, value, headers }: Encoded,
): EventsOf<T> {
  const record = { value, headers };
  const type = required(record, header.type);
  expect(record, header.specVersion, (value) => value === specVersion, `"${specVersion}"`);
  const contract = ofDataVersion(ofType(topic, type), type, dataVersionIn(record, type));
  const key = keyBytes?.toString();
  if (!key) throw new DecodeError('undecodable', 'the record has no key');
  const carrier = [header.traceparent, header.tracestate, header.baggage] as const;
  const [traceparent, tracestate, baggage] = carrier.map((name) => textOf(record, name));
  const event = {
    // Lower case, because that is how PostgreSQL returns the ids that the inbox knows.
    id: expect(record, header.id, (value) => uuid.test(value), 'a UUID').toLowerCase(),
    source: required(record, header.source),
    time: expect(record, header.time, (value) => dateTime.safeParse(value).success, 'an RFC 3339 date and time'),
    type,
    dataVersion: contract.dataVersion,
    key: expect(record, header.partitionKey, (value) => value === key, 'the same as the key') && key,
    version: Number(expect(record, header.version, (value) => /^[1-9]\d{0,14}$/.test(value), 'a positive integer')),
    data: dataOf(contract, record),
    ...wellFormed({ traceparent, tracestate, baggage }),
  };
  return event as EventsOf<T>;
}

/** Id and key of an event whose data must not be looked at; undefined when the record does not say both. */
export function identityOf({ key, headers }: Encoded): { id: string; key: string } | undefined {
  const id = headerOf(headers, header.id)?.toString() ?? '';
  return key?.length && uuid.test(id) ? { id: id.toLowerCase(), key: key.toString() } : undefined;
}

function textOf({ headers }: WithHeaders, name: string): string | undefined {
  return headerOf(headers, name)?.toString();
}

function required(record: WithHeaders, name: string): string {
  const value = textOf(record, name);
  if (!value) throw new DecodeError('undecodable', `header ${name} is missing`);
  return value;
}

function expect(record: WithHeaders, name: string, valid: (value: string) => boolean, what: string): string {
  const value = required(record, name);
  if (!valid(value))
    throw new DecodeError('undecodable', `header ${name} must be ${what}, not ${JSON.stringify(value)}`);
  return value;
}

/** A type's contracts, one for each version of its data. */
export function ofType(topic: TopicContract, type: string): EventContract[] {
  const known = topic.events.filter((event) => event.type === type);
  if (known.length === 0) throw new DecodeError('unknown-type', `${topic.name} has no events of type "${type}"`);
  return known;
}

function dataVersionIn(record: WithHeaders, type: string): number {
  const found = dataVersionOf(required(record, header.dataSchema), type);
  if (found !== undefined) return found;
  throw new DecodeError('undecodable', `header ${header.dataSchema} is not a schema of ${type}`);
}

export function ofDataVersion(known: readonly EventContract[], type: string, wanted: number): EventContract {
  const contract = known.find(({ dataVersion }) => dataVersion === wanted);
  if (contract) return contract;
  const versions = known.map(({ dataVersion }) => dataVersion).join(', ');
  throw new DecodeError('unknown-data-version', `${type} has data version ${wanted}, this reader knows ${versions}`);
}

function dataOf(contract: EventContract, record: Omit<Encoded, 'key'>): unknown {
  expect(record, header.contentType, (value) => value.startsWith(contentType), contentType);
  if (record.value === null) throw new DecodeError('undecodable', 'the record has no value');
  return validData(contract, parseJson(record.value));
}

export function validData(contract: EventContract, data: unknown): unknown {
  const parsed = contract.data.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new DecodeError('invalid-data', `${contract.type}: ${z.prettifyError(parsed.error)}`);
}

function parseJson(value: Buffer): unknown {
  if (!isUtf8(value)) throw new DecodeError('undecodable', 'the value is not UTF-8');
  try {
    return JSON.parse(value.toString());
  } catch (error) {
    // The parser's message quotes the record, and is different for each.
    throw new DecodeError('undecodable', 'the value is not JSON', { cause: error });
  }
}
