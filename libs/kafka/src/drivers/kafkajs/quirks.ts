import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';
import { decodeRecord } from './record-decoder.ts';
import { encodeRecord } from './record-encoder.ts';

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

interface Encoder {
  buf: Buffer;
  offset: number;
  ensureAvailable(bytes: number): void;
}

interface Grouping<Message> {
  topic: string;
  partitionMetadata: unknown[];
  messages: Message[];
  partitioner: (about: { topic: string; partitionMetadata: unknown[]; message: Message }) => number;
}

const load = createRequire(import.meta.url);
/** On kafkajs itself: it may be there once and this module twice. */
const mended = Symbol.for('@sluice/kafka patches');

/** Modules of kafkajs 2.2.4, of which there will hardly be another release, and what stands in for them. */
const replacements = {
  // Byte by byte in JavaScript it is a fifth of what producing costs. The processor has an instruction for it.
  'protocol/recordBatch/crc32C': (bytes: Buffer) => crc32c(bytes),
  'protocol/recordBatch/record/v0': encodeRecord,
  'protocol/recordBatch/record/v0/decoder': decodeRecord,
  // It copies the list of a partition for every message.
  'producer/groupMessagesPerPartition': groupPerPartition,
};

/** To be called before kafkajs is loaded, whose modules keep the functions that they find. */
export function replaceModules(): void {
  for (const [name, replacement] of Object.entries(replacements)) {
    const path = load.resolve(`kafkajs/src/${name}`);
    load(path);
    const found = load.cache[path];
    if (found) found.exports = replacement;
  }
}

function groupPerPartition<Message>(grouping: Grouping<Message>): Record<number, Message[]> {
  const { topic, partitionMetadata, messages, partitioner } = grouping;
  const groups: Record<number, Message[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) (groups[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  return groups;
}

/** What has to be mended in kafkajs once it is loaded. */
export function mendKafkajs(): void {
  const kafkajs = load('kafkajs') as { [mended]?: true };
  if (kafkajs[mended]) return;
  kafkajs[mended] = true;
  mendIdleTimer();
  mendGrowth();
}

/**
 * It arms a timer with a negative delay after each response and again whenever it fires: every connection wakes each
 * millisecond, and Node 24 prints a TimeoutNegativeWarning (tulios/kafkajs#1751). The check is needed only while
 * requests wait for a slot or for the end of a throttle.
 */
function mendIdleTimer(): void {
  const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}

/** A request is made of parts in buffers that grow by doubling, which it fills with zeroes first. */
function mendGrowth(): void {
  const { prototype } = load('kafkajs/src/protocol/encoder') as { prototype: Encoder };
  prototype.ensureAvailable = function (this: Encoder, bytes: number): void {
    const wanted = this.offset + bytes;
    if (wanted <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(wanted)));
    this.buf.copy(larger, 0, 0, this.offset);
    this.buf = larger;
  };
}
