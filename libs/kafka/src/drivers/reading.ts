import { AppError, isUnavailable, untilSuccess } from '@sluice/core';
import type { AdminConnection, IncomingRecord, Position, ReadOptions, UnreadableBatch } from './port.ts';
import { withAdmin } from './with-admin.ts';

/** Of one answer; 50 partitions with the default of 1 MiB each. */
export const maxBytes = 52_428_800;

/** What one request brought from one partition. */
export interface Fetched {
  partition: number;
  /** Those at or after the position that was asked for, control records left out. */
  records: IncomingRecord[];
  /** Behind everything that came, records or not; where nothing came, the position that was asked for. */
  next: bigint;
  /** End of what can be read now: Kafka's last stable offset. */
  end: bigint;
  /** The batch after those. */
  unreadable?: UnreadableBatch;
}

/** A connection without a group, of which each driver has its own. */
export interface Fetcher {
  /** Leaders that are known are asked. Rejects with an `unavailable` error when it makes sense to try again. */
  fetch(positions: ReadonlyMap<number, bigint>): Promise<Fetched[]>;
  close(): Promise<void>;
}

export interface ReaderParts {
  admin(): Promise<AdminConnection>;
  fetcher(options: ReadOptions): Promise<Fetcher>;
  /** How long nothing may be heard from the brokers before reading rejects. */
  silenceMs: number;
}

interface Span {
  position: bigint;
  /** Exclusive. */
  until: bigint | undefined;
}

/** `KafkaDriver.read` on what a driver can do: resolves the positions, then asks until every partition is at its end. */
export async function* readPartitions(parts: ReaderParts, options: ReadOptions): AsyncGenerator<IncomingRecord, void> {
  const spans = await withAdmin(parts, (admin) => spansOf(admin, options));
  const fetcher = await parts.fetcher(options);
  try {
    while (!options.signal?.aborted) {
      for (const [partition, { position, until }] of spans) {
        if (until !== undefined && position >= until) spans.delete(partition);
      }
      if (spans.size === 0) return;
      for (const { partition, records, next, unreadable } of await round(
        fetcher,
        spans,
        parts.silenceMs,
        options.signal,
      )) {
        const span = spans.get(partition);
        if (!span) continue;
        for (const record of records) {
          if (options.signal?.aborted) return;
          if (span.until === undefined || record.offset < span.until) yield record;
        }
        span.position = next;
        if (unreadable && next < (span.until ?? next + 1n)) throw refusedBatch(options.topic, partition, unreadable);
      }
    }
  } finally {
    await fetcher.close();
  }
}

/** One request for all partitions, repeated while the brokers are unavailable. */
async function round(
  fetcher: Fetcher,
  spans: ReadonlyMap<number, Span>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Fetched[]> {
  const positions = new Map([...spans].map(([partition, { position }]) => [partition, position]));
  const attempt = async (): Promise<Fetched[]> => {
    const fetched = await fetcher.fetch(positions);
    const behind = fetched.filter(
      ({ partition, next, end, unreadable }) => next === positions.get(partition) && next < end && !unreadable,
    );
    return [...fetched.filter((part) => !behind.includes(part)), ...(await alone(fetcher, behind))];
  };
  const limits = { timeoutMs, isTransient: isUnavailable, backoff: { maxMs: 1_000 } };
  return (await untilSuccess(attempt, { ...limits, signal })) ?? [];
}

/**
 * A partition that returned nothing though it has records did not fit into the answer, or has a gap there, which
 * compaction left. A request for it alone has space for it, so then it is a gap, to be crossed step by step.
 */
async function alone(fetcher: Fetcher, behind: readonly Fetched[]): Promise<Fetched[]> {
  const found: Fetched[] = [];
  for (const { partition, next: position } of behind) {
    for (const part of await fetcher.fetch(new Map([[partition, position]]))) {
      const isGap = part.next === position && position < part.end && !part.unreadable;
      found.push(isGap ? { ...part, next: position + 1n } : part);
    }
  }
  return found;
}

async function spansOf(admin: AdminConnection, options: ReadOptions): Promise<Map<number, Span>> {
  const { topic, from = 'earliest', until } = options;
  const [starts, ends] = [await admin.startOffsets(topic), await admin.endOffsets(topic)];
  const first = await offsetsAt(admin, topic, from, { starts, ends });
  const last = until && (await offsetsAt(admin, topic, until, { starts, ends }));
  const spans = new Map<number, Span>();
  for (const partition of options.partitions ?? [...starts.keys()].sort((a, b) => a - b)) {
    const [start, end] = [starts.get(partition), ends.get(partition)];
    if (start === undefined || end === undefined) throw refused(`${topic} has no partition ${partition}`);
    const wanted = first.get(partition) ?? start;
    if (wanted > end) throw refused(`${topic}/${partition} ends at ${end}, before ${wanted}`);
    spans.set(partition, { position: wanted > start ? wanted : start, until: last?.get(partition) });
  }
  return spans;
}

/** Partitions that `position` says nothing about are left out. */
async function offsetsAt(
  admin: AdminConnection,
  topic: string,
  position: Position,
  { starts, ends }: { starts: Map<number, bigint>; ends: Map<number, bigint> },
): Promise<ReadonlyMap<number, bigint>> {
  if (position === 'earliest') return starts;
  if (position === 'latest') return ends;
  if ('offsets' in position) return position.offsets;
  if ('timestampMs' in position) return admin.offsetsForTimestamp(topic, position.timestampMs);
  return new Map([...starts.keys()].map((partition) => [partition, position.offset]));
}

function refused(message: string): AppError {
  return new AppError('invalid', 'offset-out-of-range', message);
}

function refusedBatch(topic: string, partition: number, { offset, codec, reason }: UnreadableBatch): AppError {
  const batch = `${topic}/${partition}: the batch at ${offset}, of codec ${codec}`;
  return new AppError('invalid', 'unreadable-batch', `${batch}, can't be read: ${reason}`);
}
