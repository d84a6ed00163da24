import { randomUUID } from 'node:crypto';
import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';
import {
  Consumes,
  ConsumesExternally,
  type ConsumesExternallyOptions,
  type ConsumesOptions,
} from '../src/nest/consumes.decorator.ts';
import type { ExternalEffect } from '../src/effects/external-effect.ts';
import type { StrategyOptions } from '../src/nest/consumer-options.ts';
import { ConsumerStrategy } from '../src/nest/strategy.ts';
import { deadLetterTopic, defineEvent, defineTopic, type EventsOf } from '../src/contract/contract.ts';
import { type Header, headerOf, type AdminConnection, type KafkaDriver, Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { silentLog } from '@sluice/core';
import { encodeEvent } from '../src/envelope/encode.ts';
import { schemaUrn } from '../src/contract/json-schema.ts';
import { Inbox } from '../src/inbox/inbox.ts';
import { DeferredEvents } from '../src/retry/deferred-events.ts';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { freshName } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { tracedSending } from '../src/tracing/traced-sending.ts';
import type { Transaction } from '../src/transaction.ts';
import { testDatabase, type TestDatabase } from './database.ts';

const data = z.object({ text: z.string().max(100) });
const thingChanged = defineEvent('thing.changed', data);
const thingPainted = defineEvent('thing.painted', data);

/** A row of the table that `Harness.apply` fills. */
export interface Effect {
  id: string;
  key: string;
  version: number;
  text: string;
}

/** Deferred events are tried again at once, and nearly for ever. */
export const impatient = { backoff: { initialMs: 5, maxMs: 20 }, pollMs: 10, maxAttempts: 10_000 };

function contractOf(name: string, partitions: number) {
  return defineTopic(name, { key: 'thing id', events: [thingChanged, thingPainted], partitions });
}

export type ThingTopic = ReturnType<typeof contractOf>;
export type ThingEvent = EventsOf<ThingTopic>;
type ThingType = ThingEvent['type'];
export type Handler = (events: ThingEvent[], tx: Transaction) => Promise<void>;

export interface Message {
  key?: string;
  text?: string;
  id?: string;
  version?: number;
  partition?: number;
  type?: ThingType;
  headers?: Header[];
}

/** Messages of a key with versions and texts that count up: `k1`, `k2` … */
export function numbered(count: number, key = 'k', partition?: number): Message[] {
  return Array.from({ length: count }, (_, i) => ({
    key,
    text: `${key}${i + 1}`,
    version: i + 1,
    ...(partition !== undefined && { partition }),
  }));
}

function transactional(contract: ThingTopic, handler: Handler, options?: ConsumesOptions<ThingType>): Type {
  @Controller()
  class ThingsConsumer {
    @Consumes(contract, options)
    on(events: ThingEvent[], tx: Transaction): Promise<void> {
      return handler(events, tx);
    }
  }
  return ThingsConsumer;
}

type ExternalHandler = (events: ThingEvent[]) => ExternalEffect;

function external(contract: ThingTopic, handler: ExternalHandler, options: ConsumesExternallyOptions<ThingType>): Type {
  @Controller()
  class ThingsConsumer {
    @ConsumesExternally(contract, options)
    on(events: ThingEvent[]): ExternalEffect {
      return handler(events);
    }
  }
  return ThingsConsumer;
}

/** A topic, a group and a database of their own, and members of the group as real Nest microservices. */
export class Harness implements AsyncDisposable {
  readonly group = freshName('group');
  readonly fatal: Error[] = [];
  readonly driver: KafkaDriver;
  readonly producer: Producer;
  readonly #members = new Set<INestMicroservice>();

  private constructor(
    readonly db: TestDatabase,
    readonly admin: AdminConnection,
    readonly contract: ThingTopic,
    driver: KafkaDriver,
  ) {
    this.driver = driver;
    // As the module makes it.
    this.producer = new Producer(driver, { interceptors: [tracedSending] });
  }

  static async open({ partitions = 1, deadLetters = true } = {}): Promise<Harness> {
    const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
    const driver = kafkaDriver({ brokers, clientId: 'consumer-spec' });
    const admin = await driver.admin();
    const harness = new Harness(await testDatabase(), admin, contractOf(freshName('things'), partitions), driver);
    await harness.db.pool.query('create table effects (at bigserial, id uuid, key text, version int, text text)');
    await admin.createTopics([{ name: harness.contract.name, partitions }]);
    if (deadLetters) await harness.createDeadLetterTopic();
    return harness;
  }

  get deferred(): DeferredEvents {
    return new DeferredEvents(this.db.transactions, this.group);
  }

  get deadLetterTopic(): string {
    return deadLetterTopic(this.contract.name, this.group);
  }

  createDeadLetterTopic(): Promise<void> {
    return this.admin.createTopics([{ name: this.deadLetterTopic, partitions: 1 }]);
  }

  /** Starts a member; by default its handler applies events with `apply`. */
  async join(
    handler: Handler = this.apply,
    options: Partial<StrategyOptions> = {},
    handlerOptions: ConsumesOptions<ThingType> = {},
  ) {
    return this.#start(transactional(this.contract, handler, handlerOptions), options);
  }

  joinExternally(
    handler: ExternalHandler,
    options: Partial<StrategyOptions> = {},
    handlerOptions: ConsumesExternallyOptions<ThingType> = {},
  ) {
    return this.#start(external(this.contract, handler, handlerOptions), options);
  }

  /** One row per effect, so that an effect that took place twice is seen. */
  readonly apply = async (events: readonly ThingEvent[], tx: Transaction): Promise<void> => {
    const rows = events.map(({ id, key, version, data }) => ({ id, key, version, text: data.text }));
    await pgClient(tx).query(
      `insert into effects (id, key, version, text)
       select id, key, version, text from json_to_recordset($1) as r(id uuid, key text, version int, text text)`,
      [JSON.stringify(rows)],
    );
  };

  async effects(): Promise<Effect[]> {
    const { rows } = await this.db.pool.query<Effect>('select id, key, version, text from effects order by at');
    return rows;
  }

  async texts(): Promise<string[]> {
    return (await this.effects()).map(({ text }) => text);
  }

  /** Sends events, in order; answers their ids. */
  async send(...messages: Message[]): Promise<string[]> {
    const records = messages.map((message) => {
      const { key = 'k', text = 'v', id = randomUUID(), version = 1, type = thingChanged.type } = message;
      const { partition, headers = [] } = message;
      const payload = JSON.stringify({ text });
      const dataSchema = schemaUrn(type, 1);
      const time = new Date().toISOString();
      const encoded = encodeEvent({ id, type, dataSchema, source: 'urn:test', time, key, version, payload });
      const to = { topic: this.contract.name, ...(partition !== undefined && { partition }) };
      return { ...encoded, ...to, headers: [...headers, ...encoded.headers] };
    });
    await this.producer.sendBatch(records);
    return records.map(({ headers }) => String(headerOf<Buffer | string>(headers, 'ce_id')));
  }

  /** Sends one record with headers or a value that break the contract. */
  async sendRaw(value: string, headers: Record<string, string> = {}, partition = 0): Promise<void> {
    await this.producer.send({
      topic: this.contract.name,
      key: 'k',
      value,
      headers: Object.entries(headers),
      partition,
    });
  }

  async committed(): Promise<bigint> {
    const offsets = await this.admin.committedOffsets(this.group, this.contract.name);
    return [...offsets.values()].reduce((sum, offset) => sum + offset, 0n);
  }

  deadLetters() {
    return readTopic(this.driver, this.deadLetterTopic);
  }

  async leave(member: INestMicroservice): Promise<void> {
    this.#members.delete(member);
    await member.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members) await member.close();
    await this.producer.close();
    await this.admin.close();
    await this.db[Symbol.asyncDispose]();
  }

  async #start(controller: Type, options: Partial<StrategyOptions>) {
    const strategy = new ConsumerStrategy({
      group: this.group,
      driver: this.driver,
      transactions: this.db.transactions,
      inbox: new Inbox(),
      producer: this.producer,
      onFatal: (error) => this.fatal.push(error),
      log: silentLog,
      retryBackoff: { initialMs: 5, maxMs: 20 },
      retry: impatient,
      outageBackoff: { initialMs: 20, maxMs: 50 },
      heartbeatIntervalMs: 300,
      sessionTimeoutMs: 6_000,
      ...options,
    });
    @Module({ controllers: [controller] })
    class App {}
    const member = await NestFactory.createMicroservice(App, { strategy, logger: false });
    await member.listen();
    this.#members.add(member);
    return { member, strategy };
  }
}
