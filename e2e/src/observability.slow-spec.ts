import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { permanentServices } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { kafkaDriver } from '@sluice/kafka-clients';
import { run } from '@sluice/kit/run';
import { succeeds } from '@sluice/kit/wait';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';
import { makeImpatient, metricsIn, panelQueries, PrometheusClient, recordings } from './support/prometheus.ts';
import { collect, ended, runTool, startStack, type StartedStack } from './support/stack.ts';

const hasPrometheus = await succeeds(run('prometheus', ['--version']));
const patient = { timeoutMs: 60_000, intervalMs: 500 };
const services = permanentServices.map(({ name }) => name);

describe.skipIf(!hasPrometheus)('npm start -- --observability', () => {
  let stack: StartedStack;
  let folder: string;
  let client: Client;
  let prometheus: PrometheusClient;
  const load = new AbortController();
  let loading: Promise<void>;

  beforeAll(async () => {
    stack = await startStack(['--observability']);
    client = new Client(stack.file());
    const { url, pid } = stack.file().prometheus!;
    prometheus = new PrometheusClient(url);
    folder = join(stack.folder, 'throwaway', 'prometheus');
    makeImpatient(folder);
    process.kill(pid, 'SIGHUP');
    await client.setStock('observed', 1_000_000);
    loading = orders(load.signal);
  });

  afterAll(async () => {
    load.abort();
    await loading;
    await stack.stop();
  });

  /** Orders of every flow, with every outcome, until the load ends. */
  async function orders(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const placed = ['async', 'log', 'sync'].map((flow) => client.place(anOrder('observed'), flow));
      const [{ body }] = await Promise.all([client.place(anOrder('observed')), ...placed]);
      await client.place(anOrder(`unknown-${randomUUID()}`));
      await client.order(`/${body.id}/cancel`, { method: 'POST' });
    }
  }

  async function control(...args: string[]): Promise<void> {
    const child = runTool('tools/stack/src/control/main.ts', args, stack.folder);
    const output = collect(child);
    expect(await ended(child), output()).toBe(0);
  }

  async function setLease(assignments: string): Promise<void> {
    const client = new pg.Client({ connectionString: stack.file().databases.order });
    await client.connect();
    await client.query(`update outbox_lease set ${assignments}`).finally(() => client.end());
  }

  const fires = (alert: string, labels: object): Promise<void> =>
    eventually(
      async () => expect(await prometheus.firing(alert), alert).toContainEqual(expect.objectContaining(labels)),
      patient,
    );

  const isSilent = (alert: string, labels: object): Promise<void> =>
    eventually(
      async () => expect(await prometheus.firing(alert), alert).not.toContainEqual(expect.objectContaining(labels)),
      patient,
    );

  it('prints where Prometheus is', async () => {
    const line = `Prometheus    ${stack.file().prometheus?.url}`;
    await eventually(() => expect(stack.output()).toContain(line), patient);
  });

  it('has data for every panel of every dashboard', async () => {
    const queries = panelQueries(services);
    expect(queries.length).toBeGreaterThan(70);
    await eventually(async () => {
      const checked = await Promise.all(
        queries.map(async ({ title, expr }) => [title, await prometheus.hasData(expr)]),
      );
      expect(checked.filter(([, hasData]) => !hasData).map(([title]) => title)).toEqual([]);
    }, patient);
  });

  it('evaluates every rule, and has data for every recorded series', async () => {
    await eventually(async () => {
      const rules = await prometheus.rules();
      expect(rules.length).toBeGreaterThan(30);
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      const recorded = recordings(folder);
      const checked = await Promise.all(recorded.map(async (name) => [name, await prometheus.hasData(name)]));
      expect(checked.filter(([, hasData]) => !hasData)).toEqual([]);
    }, patient);
  });

  // Some alerts read gauges that have no series while all is well.
  it('is given every metric that a rule or a panel reads', async () => {
    const exprs = [
      ...(await prometheus.rules()).map(({ query }) => query),
      ...panelQueries(services).map(({ expr }) => expr),
    ];
    const known = await prometheus.metrics();
    expect(known.size).toBeGreaterThan(50);
    expect([...new Set(exprs.flatMap(metricsIn))].filter((name) => !known.has(name))).toEqual([]);
  });

  it('alerts when records can not be processed', async () => {
    const letters = { group: 'inventory', topic: 'orders.v1' };
    await isSilent('DeadLetters', letters);
    const producer = await kafkaDriver({ brokers: [stack.file().kafka.bootstrap], clientId: 'e2e' }).producer();
    await producer
      .sendBatch([{ topic: letters.topic, partition: 0, key: 'poison', value: 'no event', headers: [] }])
      .finally(() => producer.close());
    await fires('DeadLetters', letters);
  });

  it('alerts when the relay stops and the outbox grows', async () => {
    const order = { service: 'order' };
    await isSilent('RelayMissing', order);
    await isSilent('OutboxOld', order);
    // As a process would that holds the lease and does nothing.
    await setLease(`owner = 'idle', epoch = epoch + 1, expires_at = 'infinity'`);
    await fires('RelayMissing', order);
    await fires('OutboxOld', order);
    await setLease('expires_at = now()');
    await isSilent('RelayMissing', order);
    await isSilent('OutboxOld', order);
  });

  it('alerts when a consumer is stopped, which has no series any more', async () => {
    const group = { group: 'notification' };
    await isSilent('GroupWithoutMembers', group);
    await control('stop', 'notification');
    await fires('GroupWithoutMembers', group);
    await fires('LagUnknown', group);
    await fires('ServiceDown', { service: 'notification' });
  });

  it('ends with the stack', async () => {
    const { url } = stack.file().prometheus!;
    load.abort();
    await loading;
    await stack.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
