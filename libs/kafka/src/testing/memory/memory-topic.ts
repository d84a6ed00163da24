import { gzipSync } from 'node:zlib';
import { AppError } from '@sluice/core';
import type { Compression } from '../../drivers/compression.ts';
import type { IncomingRecord, OutgoingRecord } from '../../drivers/port.ts';

/** Kafka's own defaults of what this broker knows about. */
const defaults = { 'cleanup.policy': 'delete', 'max.message.bytes': '1048588', 'retention.ms': '604800000' };

/** Kafka's share of a record: batch header, lengths, deltas. Near enough to find what is far too large, and so is one codec for all. */
const overheadBytes = 80;

/** A topic of {@link MemoryKafka}: an append-only log per partition. Nothing expires. */
export class MemoryTopic {
  readonly name: string;
  readonly config: Record<string, string>;
  readonly partitions: IncomingRecord[][];

  constructor(name: string, partitions: number, config: Record<string, string> = {}) {
    this.name = name;
    this.config = { ...defaults, ...config };
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  /** Throws an `invalid` error for what a broker would refuse. */
  check({ partition, key, value, headers = [] }: OutgoingRecord, compression: Compression = 'none'): void {
    if (!this.partitions[partition]) throw unknown(`${this.name} has no partition ${partition}`);
    const content = Buffer.concat([key, value, ...headers.flat()].map((part) => Buffer.from(part ?? '')));
    const bytes = overheadBytes + (compression === 'none' ? content : gzipSync(content)).length;
    if (bytes <= Number(this.config['max.message.bytes'])) return;
    throw new AppError('invalid', 'record-refused', `a record of ${bytes} bytes is too large for ${this.name}`);
  }

  grow(partitions: number): void {
    while (this.partitions.length < partitions) this.partitions.push([]);
  }

  append({ topic, partition, key, value, headers = [] }: OutgoingRecord): bigint {
    const log = this.partitions[partition] ?? [];
    const offset = BigInt(log.length);
    log.push({
      topic,
      partition,
      offset,
      timestampMs: Date.now(),
      key: bytesOf(key),
      value: bytesOf(value),
      headers: headers.map(([name, content]) => [name, bytesOf(content)]),
    });
    return offset;
  }

  /** At most `limit` records from `position` on. */
  slice(partition: number, position: bigint, limit: number): IncomingRecord[] {
    return this.partitions[partition]?.slice(Number(position), Number(position) + limit) ?? [];
  }

  end(partition: number): bigint {
    return BigInt(this.partitions[partition]?.length ?? 0);
  }
}

export function unknown(message: string): AppError {
  return new AppError('invalid', 'unknown-topic', message);
}

function bytesOf(content: string | Buffer | null): Buffer | null {
  return content === null ? null : Buffer.from(content);
}
