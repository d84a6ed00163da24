import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@sluice/messaging';
import { defineEvent, schemaUrn, defineTopic } from '@sluice/messaging/contract';
import { type ProducerRecord } from '@sluice/kafka';
import { z } from 'zod';

const thingChanged = defineEvent('thing.changed', z.object({ text: z.string().max(100) }));

/** What the consumer's handler refuses for good. */
export const refusedText = 'refuse me';

/** What ends the process of the consumer's handler. */
export const deadlyText = 'kill me';

/** A topic of things, each with a text that its consumers write down. */
export function thingsTopic(name: string, partitions = 6) {
  return defineTopic(name, { key: 'thing id', events: [thingChanged], partitions });
}

export interface Thing {
  id: string;
  key: string;
  version: number;
  text: string;
}

/** Versions count up per key; keys take turns. */
export function things(count: number, keys: number): Thing[] {
  return Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    key: `key-${i % keys}`,
    version: Math.floor(i / keys) + 1,
    text: 'v',
  }));
}

export function recordOf(topicName: string, { id, key, version, text }: Thing): ProducerRecord {
  const { type, dataVersion } = thingChanged;
  const payload = JSON.stringify({ text });
  const time = new Date().toISOString();
  const dataSchema = schemaUrn(type, dataVersion);
  return {
    topic: topicName,
    ...encodeEvent({ id, type, dataSchema, source: 'urn:faults', time, key, version, payload }),
  };
}
