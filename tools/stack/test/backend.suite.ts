import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceptsConnections } from '@sluice/kit/wait';
import type { AdminConnection } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Infrastructure, InfrastructureOptions } from '../src/backends/backend.ts';
import type { Part } from '../src/part.ts';
import { databaseUrl } from '../src/postgres/databases.ts';

const START_MS = 180_000;

/** What every backend that runs parts promises, whatever these are made of. */
export function backendSuite(name: string, prepare: Backend): void {
  describe(name, () => {
    let logs: string;
    let backend: Infrastructure & AsyncDisposable;

    beforeAll(async () => {
      logs = await mkdtemp(join(tmpdir(), 'sluice-suite-'));
      backend = await started(prepare, { proxies: true, logs });
    }, START_MS);

    afterAll(async () => {
      await backend[Symbol.asyncDispose]();
      await rm(logs, { recursive: true, force: true });
    }, START_MS);

    it(
      'runs the cluster that it formatted, and keeps topics when its broker is killed',
      { timeout: START_MS },
      async () => {
        const topic = `suite-${randomUUID()}`;
        await withAdmin(backend, async (admin) => {
          expect(await admin.clusterId()).toBe(backend.kafka.clusterId);
          await admin.createTopics([{ name: topic, partitions: 6 }]);
          expect(await admin.topicConfigs(topic)).toMatchObject({ 'retention.ms': String(6 * 3_600_000) });
        });

        await killAndStart(partOf(backend, 'kafka-1'));

        await withAdmin(backend, async (admin) => {
          expect(await admin.clusterId()).toBe(backend.kafka.clusterId);
          expect(await admin.partitionCount(topic)).toBe(6);
        });
      },
    );

    it(
      'gives each service a database of its own, which survives a kill of the server',
      { timeout: START_MS },
      async () => {
        await query(databaseUrl(backend.serverUrl, 'order'), 'create table kept as select 42 as answer');

        await killAndStart(partOf(backend, 'postgres'));

        expect(await query(databaseUrl(backend.serverUrl, 'order'), 'select answer from kept')).toEqual([
          { answer: 42 },
        ]);
        expect(await query(databaseUrl(backend.serverUrl, 'inventory'), 'select current_database() as name')).toEqual([
          { name: 'sluice_inventory' },
        ]);
        expect(await query(databaseUrl(backend.serverUrl, 'notification'), 'show fsync')).toEqual([{ fsync: 'on' }]);
      },
    );

    it('lets nobody into the database without its password', async () => {
      const url = new URL(backend.serverUrl);
      url.password = 'wrong';
      await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    });

    it('freezes and thaws its broker', async () => {
      const kafka = partOf(backend, 'kafka-1');
      await kafka.signal('SIGSTOP');
      const answer = withAdmin(backend, (admin) => admin.clusterId());
      expect(await Promise.race([answer, pause(1_500)])).toBe('paused');
      await kafka.signal('SIGCONT');
      expect(await answer).toBe(backend.kafka.clusterId);
    });

    describesItself(() => backend);
  });
}

function describesItself(backend: () => Infrastructure): void {
  it('listens behind the proxy, and tells clients there to come back through it', async () => {
    const { advertised, listener } = backend().kafka.behindProxy ?? { advertised: '', listener: '' };
    const [host = '', port] = listener.split(':');
    expect(await acceptsConnections(host, Number(port))).toBe(true);
    expect(advertised).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(advertised).not.toBe(listener);
  });

  it('tells what its parts take', async () => {
    for (const part of backend().parts) {
      expect(await part.memoryBytes()).toBeGreaterThan(8 * 1024 * 1024);
    }
  });
}

/** Starts a backend, stops it and starts another in the same folder. `look` is called while the last one runs. */
export async function keepsData(
  prepare: Backend,
  options: InfrastructureOptions & { logs: string },
  look: (backend: Infrastructure) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  let clusterId: string;
  {
    await using first = await started(prepare, options);
    clusterId = first.kafka.clusterId;
    await withAdmin(first, (admin) => admin.createTopics([{ name: 'kept', partitions: 2 }]));
    await query(databaseUrl(first.serverUrl, 'order'), 'create table kept as select 42 as answer');
  }
  await using second = await started(prepare, options);
  expect(second.kafka.clusterId).toBe(clusterId);
  expect(await withAdmin(second, (admin) => admin.partitionCount('kept'))).toBe(2);
  expect(await query(databaseUrl(second.serverUrl, 'order'), 'select answer from kept')).toEqual([{ answer: 42 }]);
  await look(second);
}

async function started(
  prepare: Backend,
  options: InfrastructureOptions & { logs: string },
): Promise<Infrastructure & AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const { signal } = new AbortController();
  const infrastructure = await prepare({ ...options, signal, cleanup, report: () => undefined });
  for (const part of infrastructure.parts) cleanup.defer(() => part.stop(5_000));
  await Promise.all(infrastructure.parts.map((part) => part.start()));
  const end = cleanup.move();
  return { ...infrastructure, [Symbol.asyncDispose]: () => end.disposeAsync() };
}

function partOf(backend: Infrastructure, name: string): Part {
  const part = backend.parts.find((candidate) => candidate.name === name);
  if (part === undefined) {
    throw new Error(`No part ${name}.`);
  }
  return part;
}

async function killAndStart(part: Part): Promise<void> {
  const died = new Promise<string>((resolve) => part.onExit(resolve));
  await part.signal('SIGKILL');
  await died;
  expect(part.handle).toBeUndefined();
  await part.start();
}

async function withAdmin<T>(backend: Infrastructure, work: (admin: AdminConnection) => Promise<T>): Promise<T> {
  const driver = kafkaDriver({ brokers: [backend.kafka.bootstrap], clientId: 'backend-suite' });
  const admin = await driver.admin();
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function pause(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('paused'), ms));
}
