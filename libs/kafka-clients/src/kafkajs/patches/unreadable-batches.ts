import { messageOf } from '@sluice/core';
import { isMessageSet, readBatches, unreadableOf } from '../../record-batches.ts';
import type { PrivateModules } from '../private-modules.ts';
import type { Messages, RawMessage } from '../raw-message.ts';

interface Decoder {
  offset: number;
  readInt32(): number;
  readBytes(count: number): Buffer;
  canReadBytes(count: number): boolean;
}

type DecoderConstructor = new (bytes: Buffer) => Decoder;
type DecodeMessages = (decoder: Decoder) => Promise<Messages>;
type DecodeBatch = (decoder: Decoder) => Promise<{ records: RawMessage[] }>;

export interface BatchOfPartition {
  rawMessages: Messages;
  fetchedOffset: string;
  isEmpty(): boolean;
  lastOffset(): string;
}

type BatchConstructor = new (...args: unknown[]) => BatchOfPartition;

const decoding = 'src/protocol/requests/fetch/v4/decodeMessages';
const batches = 'src/consumer/batch';

/**
 * tulios/kafkajs#1475: one batch of a codec that kafkajs doesn't know, or whose content is damaged, fails the whole answer,
 * and with it the consumer (tulios/kafkajs#256). The checksum of a batch is not looked at. Here such a batch is left out,
 * and noted at the messages before it. `eachBatch` is called also when there are none, and for markers alone, which kafkajs
 * keeps to itself otherwise.
 */
export function patchUnreadableBatches(modules: PrivateModules): void {
  const decodeSets = modules.load<DecodeMessages>(decoding);
  const decodeBatch = modules.load<DecodeBatch>('src/protocol/recordBatch/v0/decoder');
  const DecoderOfKafkajs = modules.load<DecoderConstructor>('src/protocol/decoder');
  modules.replace(decoding, async (decoder: Decoder): Promise<Messages> => {
    const start = decoder.offset;
    const length = decoder.readInt32();
    if (length <= 0 || !decoder.canReadBytes(length)) return [];
    const bytes = decoder.readBytes(length);
    if (isMessageSet(bytes)) {
      decoder.offset = start;
      return decodeSets(decoder);
    }
    return decodeAll(bytes, (batch) => decodeBatch(new DecoderOfKafkajs(batch)));
  });
  const Batch = modules.load<BatchConstructor>(batches);
  modules.replace(
    batches,
    class extends Batch {
      override isEmpty(): boolean {
        return this.rawMessages.length === 0 && !this.rawMessages.unreadable;
      }

      /** kafkajs takes the end of the partition when there are no messages: what can't be read is not passed. */
      override lastOffset(): string {
        const { unreadable } = this.rawMessages;
        if (!unreadable) return super.lastOffset();
        const fetched = BigInt(this.fetchedOffset);
        return String((unreadable.offset > fetched ? unreadable.offset : fetched) - 1n);
      }
    },
  );
}

async function decodeAll(bytes: Buffer, decodeBatch: (batch: Buffer) => ReturnType<DecodeBatch>): Promise<Messages> {
  const messages: Messages = [];
  const { readable, unreadable } = readBatches(bytes);
  for (const batch of readable) {
    try {
      for (const record of (await decodeBatch(batch)).records) messages.push(record);
    } catch (error) {
      return Object.assign(messages, { unreadable: unreadableOf(batch, messageOf(error)) });
    }
  }
  return unreadable ? Object.assign(messages, { unreadable }) : messages;
}
