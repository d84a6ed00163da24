import { CloudEvent, Kafka, type KafkaMessage } from 'cloudevents';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { thingTopic } from '../../test/contracts.ts';
import { schemaUrn } from '../contract/json-schema.ts';
import { decodeEvent, DecodeError } from './decode.ts';
import { encodeEvent, type EnvelopedEvent } from './encode.ts';
import { dataVersionOf, sourceUrn } from './envelope.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const tracestate = 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7';
const baggage = 'userId=alice,shop=north';

const anEvent = (overrides: Partial<EnvelopedEvent> = {}): EnvelopedEvent => ({
  id: uuidv7(),
  source: sourceUrn('thing'),
  type: 'thing.moved',
  dataSchema: schemaUrn('thing.moved', 3),
  time: '2026-11-23T10:15:30.412Z',
  key: 'thing-1',
  version: 7,
  traceparent,
  tracestate,
  baggage,
  payload: '{"to":{"x":1,"y":2}}',
  ...overrides,
});

interface Wire {
  key: string | null;
  value: string | Buffer | null;
  headers: Record<string, string | undefined>;
}

function decode(change: (record: Wire) => void = () => undefined, event = anEvent()) {
  const encoded = encodeEvent(event);
  const wire: Wire = { ...encoded, headers: Object.fromEntries(encoded.headers) };
  change(wire);
  const headers = Object.entries(wire.headers).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, Buffer.from(text)] as const],
  );
  return decodeEvent(thingTopic, {
    key: wire.key === null ? null : Buffer.from(wire.key),
    value: wire.value === null ? null : Buffer.from(wire.value),
    headers,
  });
}

describe('the envelope', () => {
  it('reads back what it wrote', () => {
    const { dataSchema: _, payload: __, ...event } = anEvent();
    expect(decode(undefined, anEvent(event))).toEqual({ ...event, dataVersion: 3, data: { to: { x: 1, y: 2 } } });
  });

  it('is a CloudEvent in Kafka binary mode to the official library too', () => {
    const event = anEvent();
    const { key, value, headers } = encodeEvent(event);
    const message: KafkaMessage = { key, value, headers: Object.fromEntries(headers), body: value };
    const read = Kafka.toEvent(message);
    expect(read).toBeInstanceOf(CloudEvent);
    expect((read as CloudEvent).validate()).toBe(true);
    expect(read).toMatchObject({
      specversion: '1.0',
      id: event.id,
      type: event.type,
      source: 'urn:sluice:service:thing',
      subject: event.key,
      time: event.time,
      dataschema: 'urn:sluice:schema:thing.moved:3',
      datacontenttype: 'application/json',
      partitionkey: event.key,
      version: '7',
    });
  });

  it('normalizes the id, ignores members and headers it does not know, and drops a malformed trace context', () => {
    const id = uuidv7();
    const event = decode((record) => {
      record.headers.ce_id = id.toUpperCase();
      record.headers['x-other'] = '1';
      record.headers.traceparent = 'nonsense';
      record.value = '{"to":{"x":1,"y":2,"z":3},"__proto__":{"a":1}}';
    });
    expect(event.id).toBe(id);
    expect(event).not.toHaveProperty('traceparent');
    expect(event).not.toHaveProperty('tracestate');
    expect(event.data).toEqual({ to: { x: 1, y: 2 } });
  });

  it.each(['', 'vendör=1', 'a='.padEnd(513, 'x')])('goes on with the trace without the malformed state %j', (state) => {
    const event = decode((record) => (record.headers.tracestate = state));
    expect(event.traceparent).toBe(traceparent);
    expect(event).not.toHaveProperty('tracestate');
  });

  it('sends no state of a trace that it does not name', () => {
    const { headers } = encodeEvent(anEvent({ traceparent: null }));
    expect(headers.map(([name]) => name)).not.toContain('tracestate');
  });

  it.each<[string, string, (record: Wire) => void]>([
    ['undecodable', 'header ce_type is missing', (r) => delete r.headers.ce_type],
    ['undecodable', 'header ce_id is missing', (r) => delete r.headers.ce_id],
    ['undecodable', 'header ce_id must be a UUID, not "7"', (r) => (r.headers.ce_id = '7')],
    ['undecodable', 'header ce_specversion must be "1.0"', (r) => (r.headers.ce_specversion = '0.3')],
    ['undecodable', 'header ce_time must be an RFC 3339', (r) => (r.headers.ce_time = 'yesterday')],
    ['undecodable', 'header ce_source is missing', (r) => (r.headers.ce_source = '')],
    ['undecodable', 'header ce_version must be a positive integer', (r) => (r.headers.ce_version = '0')],
    ['undecodable', 'header ce_partitionkey must be the same as the key', (r) => (r.key = 'thing-2')],
    ['undecodable', 'the record has no key', (r) => (r.key = null)],
    ['undecodable', 'header content-type must be application/json', (r) => (r.headers['content-type'] = 'text/plain')],
    ['undecodable', 'header ce_dataschema is missing', (r) => delete r.headers.ce_dataschema],
    [
      'undecodable',
      'header ce_dataschema is not a schema of thing.moved',
      (r) => (r.headers.ce_dataschema = 'urn:x:1'),
    ],
    ['undecodable', 'the record has no value', (r) => (r.value = null)],
    ['undecodable', 'the value is not JSON', (r) => (r.value = '{"to":')],
    ['undecodable', 'the value is not UTF-8', (r) => (r.value = Buffer.from([0x22, 0xff, 0x22]))],
    ['unknown-type', 'things.v1 has no events of type "thing.sold"', (r) => (r.headers.ce_type = 'thing.sold')],
    [
      'unknown-data-version',
      'thing.moved has data version 4, this reader knows 3',
      (r) => (r.headers.ce_dataschema = schemaUrn('thing.moved', 4)),
    ],
    ['invalid-data', 'at to.y', (r) => (r.value = '{"to":{"x":1,"y":"2"}}')],
    ['invalid-data', 'expected object', (r) => (r.value = 'null')],
  ])('tells %s: %s', (code, message, change) => {
    const attempt = () => decode(change);
    expect(attempt).toThrow(DecodeError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code, kind: 'invalid' }));
  });
});

describe('dataVersionOf', () => {
  it.each([
    ['urn:sluice:schema:a.b:1', 1],
    ['urn:sluice:schema:a.b:12', 12],
    ['urn:sluice:schema:a.b:01', undefined],
    ['urn:sluice:schema:a.b:', undefined],
    ['urn:sluice:schema:a.b:1e3', undefined],
    ['urn:sluice:schema:a.bc:1', undefined],
  ])('reads %s as %s', (urn, version) => expect(dataVersionOf(urn, 'a.b')).toBe(version));
});
