import { z } from 'zod';
import type { EventContract, OutgoingEvent, TopicContract } from '../contract/contract.ts';
import { sourceUrn } from '../envelope/envelope.ts';
import { activeTraceContext, isTraced } from '../envelope/trace-context.ts';
import { newId } from '@sluice/core';
import { integerArray, textArray, uuidArray } from '../postgres/arrays.ts';
import { afterCommit, pgClient } from '../postgres/postgres-transactions.ts';
import type { Transaction } from '../transaction.ts';
import { causeOf } from './causes.ts';

const insert = `
  insert into outbox (topic, message_id, key, version, type, data_version, traceparent, tracestate, baggage, payload)
  select $1, message_id, key, version, type, data_version, traceparent, tracestate, baggage, payload
  from unnest($2::uuid[], $3::text[], $4::integer[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::text[],
              $10::text[]) with ordinality
         as event (message_id, key, version, type, data_version, traceparent, tracestate, baggage, payload, position)
  order by position`;

/**
 * Events leave with the transaction that made them, or not at all: they are rows written with the effect, and the relay
 * publishes them after the commit. Versions must be assigned under the aggregate's row lock, which makes the order of
 * ids the order of commits for each key. See docs/adr/0007.
 */
export class Outbox {
  /** CloudEvents `source` of all its events. */
  readonly source: string;
  readonly #listeners = new Set<() => void>();

  /** `service`: name of the service, the events' `source`. */
  constructor(service: string) {
    this.source = sourceUrn(service);
  }

  /**
   * Appends in one statement and in this order. Adds id, time and trace context. Rejects with a `TypeError`
   * before writing when an event breaks the topic's contract, and with PostgreSQL's unique violation (23505) when an
   * event of the same key and version waits already.
   */
  async append(tx: Transaction, topic: TopicContract, events: readonly OutgoingEvent[]): Promise<void> {
    if (events.length === 0) return;
    const active = activeTraceContext();
    const rows = events.map((event) => {
      const contract = contractOf(topic, event);
      const trace = isTraced(event) ? event : (causeOf(tx, event.key) ?? active);
      return { event, dataVersion: contract.dataVersion, trace, payload: payloadOf(contract, event) };
    });
    const values = [
      topic.name,
      uuidArray(rows.map(newId)),
      textArray(rows.map(({ event }) => event.key)),
      integerArray(rows.map(({ event }) => event.version)),
      textArray(rows.map(({ event }) => event.type)),
      integerArray(rows.map(({ dataVersion }) => dataVersion)),
      textArray(rows.map(({ trace }) => trace.traceparent)),
      textArray(rows.map(({ trace }) => trace.tracestate)),
      textArray(rows.map(({ trace }) => trace.baggage)),
      textArray(rows.map(({ payload }) => payload)),
    ];
    await pgClient(tx).query({ name: 'outbox_append', text: insert, values });
    afterCommit(tx, this.#wake);
  }

  /** Calls `listener` after each commit that appended something. Returns how to stop that. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  readonly #wake = (): void => {
    for (const listener of this.#listeners) listener();
  };
}

function contractOf(topic: TopicContract, { type, dataVersion }: OutgoingEvent): EventContract {
  const ofType = topic.events.filter((event) => event.type === type);
  const [contract, ...more] = ofType.filter((event) => event.dataVersion === (dataVersion ?? event.dataVersion));
  if (contract && more.length === 0) return contract;
  const known = ofType.map((event) => event.dataVersion).join(', ');
  if (!known) throw new TypeError(`${topic.name} has no events of type "${type}"`);
  const wanted = dataVersion === undefined ? 'an event must say which' : `not ${dataVersion}`;
  throw new TypeError(`${topic.name} has "${type}" in data version ${known}: ${wanted}`);
}

function payloadOf(contract: EventContract, event: OutgoingEvent): string {
  const parsed = contract.data.safeParse(event.data);
  if (parsed.success) return JSON.stringify(parsed.data);
  throw new TypeError(`${event.type} of ${event.key} breaks its contract: ${z.prettifyError(parsed.error)}`);
}
