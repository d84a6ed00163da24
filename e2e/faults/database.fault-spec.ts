import { randomUUID } from 'node:crypto';
import { allServices, databases, permanentServices } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { kafkaDriver } from '@sluice/kafka-clients';
import { readTopic } from '@sluice/kafka/testing';
import { withDatabase } from '@sluice/kit/database';
import type { StackFile } from '@sluice/kit/stack-file';
import { deadLetterTopic } from '@sluice/messaging/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder, Client, type Problem } from '../src/support/client.ts';
import { startStack, type StartedStack } from '../src/support/stack.ts';
import { chosen } from './support/form.ts';

const sku = `faults-${randomUUID()}`;
const refusedForMs = 30_000;
const recovery = { timeoutMs: 60_000 };
let started: StartedStack;
let stack: StackFile;
let client: Client;
let pids: number[];

const pidsNow = () =>
  Object.values(started.file().services).flatMap(({ instances }) => instances.map(({ pid }) => pid));

async function administer(...statements: string[]): Promise<void> {
  const url = new URL(stack.databases.order);
  url.pathname = '/postgres';
  await withDatabase(url.href, async (database) => {
    for (const statement of statements) await database.query(statement);
  });
}

/** Changes all databases and ends the sessions that don't know of it, as a switch to another server does. */
async function change(how: (database: string) => string): Promise<void> {
  const names = Object.values(databases);
  await administer(...names.map((name) => `alter database ${name} ${how(name)}`));
  const list = names.map((name) => `'${name}'`).join(', ');
  await administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname in (${list})`);
}

const readiness = (name: (typeof permanentServices)[number]['name']) =>
  client.call<{ checks: Record<string, string> }>(`${stack.services[name].url}/readyz`);

async function allReady(): Promise<void> {
  for (const { name } of permanentServices) {
    await eventually(async () => expect((await readiness(name)).status).toBe(200), recovery);
  }
}

async function noneDead(): Promise<void> {
  const driver = kafkaDriver({ brokers: stack.kafka.bootstrap.split(','), clientId: 'faults' });
  for (const { name, consumes } of allServices) {
    for (const topic of consumes) expect(await readTopic(driver, deadLetterTopic(topic.name, name))).toEqual([]);
  }
}

/** Placed, each with its mail. */
async function allConfirmed(orders: { id: string; email: string }[]): Promise<void> {
  for (const { id, email } of orders) {
    await eventually(async () => expect(await client.mails(email)).toHaveLength(1), recovery);
    expect((await client.order(`/${id}`)).body).toMatchObject({ status: 'CONFIRMED' });
  }
}

/** Into the log, which needs no database. */
async function accept(count: number): Promise<{ id: string; email: string }[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => client.place(anOrder(sku), 'log')));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  return answers.map(({ body }) => body);
}

async function freeze(service: 'order' | 'inventory' | 'notification', isFrozen: boolean): Promise<void> {
  const body = JSON.stringify({ freeze: isFrozen });
  const headers = { 'content-type': 'application/json' };
  await client.call(`${stack.proxies?.[`${service}-postgres`]}/faults`, { method: 'PUT', headers, body });
}

async function took<T>(work: Promise<T>): Promise<[T, number]> {
  const beganAt = performance.now();
  return [await work, performance.now() - beganAt];
}

describe.skipIf(chosen !== 'long')('the databases of a running system', () => {
  beforeAll(async () => {
    started = await startStack(['--proxies']);
    stack = started.file();
    client = new Client(stack);
    await client.setStock(sku, 100_000);
    pids = pidsNow();
  }, 200_000);
  afterAll(() => started?.stop());

  it('that become read-only cost refusals, and nothing else', async () => {
    await change(() => 'set default_transaction_read_only = on');
    for (const { name } of permanentServices) {
      const unready = async () => expect(await readiness(name)).toMatchObject({ status: 503 });
      await eventually(unready, { timeoutMs: 15_000 });
      expect((await readiness(name)).body.checks).toMatchObject({ postgres: 'down' });
    }
    const orders = await accept(20);
    for (const flow of ['async', 'sync']) {
      const { status, headers } = await client.place<Problem>(anOrder(sku), flow);
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
    await change(() => 'reset default_transaction_read_only');
    await allReady();
    const { status, body } = await client.place(anOrder(sku));
    expect(status).toBe(202);
    await allConfirmed([...orders, body]);
    await noneDead();
    expect(pidsNow()).toEqual(pids);
  });

  it('that refuse every login for half a minute make no dead letter', async () => {
    const before = await accept(20);
    await change(() => 'allow_connections false');
    const during = await accept(40);
    const until = performance.now() + refusedForMs;
    await eventually(() => expect(performance.now()).toBeGreaterThan(until), { timeoutMs: 2 * refusedForMs });
    await change(() => 'allow_connections true');
    await allReady();
    await allConfirmed([...before, ...during]);
    await noneDead();
    expect(pidsNow()).toEqual(pids);
  });

  it('that fall silent keep no one waiting beyond its deadline', async () => {
    await client.place(anOrder(sku), 'sync');
    for (const service of ['order', 'inventory', 'notification'] as const) {
      await freeze(service, true);
      const [[{ status }, answerMs], ...scrapes] = await Promise.all([
        took(client.place<Problem>(anOrder(sku), 'sync')),
        ...permanentServices.map(({ name }) => took(fetch(`${stack.services[name].url}/metrics`))),
      ]);
      expect([503, 504]).toContain(status);
      // Deadlines of 5 and 2 s, on a machine that has other things to do.
      expect(answerMs).toBeLessThan(10_000);
      for (const [{ ok }, scrapeMs] of scrapes) expect([ok, scrapeMs < 4_000]).toEqual([true, true]);
      await eventually(async () => expect((await readiness(service)).body.checks).toMatchObject({ postgres: 'down' }));
      await freeze(service, false);
      await allReady();
      await eventually(async () => expect((await client.place(anOrder(sku), 'sync')).status).toBe(201), recovery);
    }
    await noneDead();
    expect(pidsNow()).toEqual(pids);
  });
});
