import { chmodSync, closeSync, globSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin, ConfigResourceTypes, Consumer, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import { ordersTopic, serviceNames, stockTopic, type ServiceName } from '@sluice/contracts';
import { eventually, freshName } from '@sluice/core/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { anOrder, Client } from '../src/support/client.ts';
import { collect, ended, runTool, startStack, type StartedStack } from '../src/support/stack.ts';
import { chosen } from './support/form.ts';

const patient = { timeoutMs: 60_000 };

interface Readiness {
  status: string;
  details?: { kafka: { detail: string; partitions: { topic: string; offset: string; reason: string }[] } };
}

/** What others do to the Kafka that the services share with them. A stack for each client takes most of a minute. */
describe.skipIf(chosen !== 'long').each(['kafkajs', 'platformatic'])('a running stack with %s', (driver) => {
  /** Where the broker's files are, for a test that damages one. */
  const data = mkdtempSync(join(tmpdir(), 'sluice-kafka-as-it-is-'));
  let stack: StartedStack;
  let client: Client;
  let sku: string;

  beforeAll(async () => {
    vi.stubEnv('KAFKA_DRIVER', driver);
    // Another user's database needs to get there.
    chmodSync(data, 0o711);
    stack = await startStack(['--persist', data]);
    vi.unstubAllEnvs();
    client = new Client(stack.file());
    sku = freshName('sku');
    await client.setStock(sku, 1_000);
  }, 200_000);
  afterAll(async () => {
    await stack?.stop();
    rmSync(data, { recursive: true, force: true, maxRetries: 3 });
  });

  const bootstrapBrokers = () => client.stack.kafka.bootstrap.split(',');
  const log = (service: ServiceName) => readFileSync(join(stack.folder, 'logs', `${service}.log`), 'utf8');

  async function control(...args: string[]): Promise<string> {
    const child = runTool('tools/stack/src/control/main.ts', args, stack.folder);
    const output = collect(child);
    expect(await ended(child), output()).toBe(0);
    return output();
  }

  async function readiness(service: ServiceName): Promise<{ status: number; body: Readiness }> {
    return client.call<Readiness>(`${client.stack.services[service].url}/readyz`);
  }

  async function place(): Promise<string> {
    const { status, body } = await client.place(anOrder(sku));
    expect(status).toBe(202);
    return body.id;
  }

  const confirmed = (id: string) =>
    eventually(async () => expect((await client.settled(id)).status).toBe('CONFIRMED'), patient);

  /** Processes that are still the ones that the stack started. */
  const pids = () => serviceNames.map((name) => stack.file().services[name]?.instances[0]?.pid);

  it('goes on whatever codec operations choose for its topics', async () => {
    const before = pids();
    const admin = new Admin({ clientId: 'operations', bootstrapBrokers: bootstrapBrokers() });
    onTestFinished(() => admin.close());
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed']) {
      const resources = [ordersTopic, stockTopic].map(({ name }) => ({
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: name,
        configs: [
          { name: 'compression.type', configOperation: IncrementalAlterConfigOperationTypes.SET, value: codec },
        ],
      }));
      await admin.incrementalAlterConfigs({ resources });
      await confirmed(await place());
    }
    expect(pids()).toEqual(before);
  });

  it('takes orders while a foreign member keeps the order service out of its group', async () => {
    await control('stop', 'order');
    const foreign = new Consumer({
      ...{ clientId: 'foreign', bootstrapBrokers: bootstrapBrokers(), groupId: 'order', sessionTimeout: 10_000 },
      protocols: [{ name: 'of-nobody-else', version: 0 }],
    });
    onTestFinished(() => foreign.close(true));
    foreign.topics.trackAll(stockTopic.name);
    await foreign.joinGroup({});
    await control('start', 'order');
    const ids: string[] = [];
    for (let i = 0; i < 40; i += 1) ids.push(await place());
    const { status, body } = await readiness('order');
    expect([status, body.status]).toEqual([200, 'degraded']);
    expect(body.details?.kafka.detail).toMatch(/group order can't be joined/);
    await foreign.close(true);
    for (const id of ids) await confirmed(id);
  });

  it('waits with one partition at a damaged batch, and says which', async () => {
    await control('stop', 'inventory');
    const id = await place();
    const files = (): string[] => globSync(join(data, '**', `${ordersTopic.name}-*`, '*.log'));
    const [file, at] = await eventually(() => {
      for (const found of files()) {
        const position = readFileSync(found).lastIndexOf(id);
        if (position >= 0) return [found, position] as const;
      }
      throw new Error('the order is not in the log yet');
    }, patient);
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, '!', at);
    closeSync(descriptor);
    await control('start', 'inventory');
    const before = pids();
    await eventually(async () => {
      const { status, body } = await readiness('inventory');
      expect([status, body.status]).toEqual([200, 'degraded']);
      const [stalled] = body.details?.kafka.partitions ?? [];
      expect(stalled).toMatchObject({
        topic: ordersTopic.name,
        reason: expect.stringContaining('its checksum is wrong') as string,
      });
    }, patient);
    // Orders of the other partitions.
    const others: string[] = [];
    for (let i = 0; i < 20; i += 1) others.push(await place());
    await eventually(async () => {
      const statuses = await Promise.all(others.map(async (other) => (await client.order(`/${other}`)).body.status));
      expect(statuses.filter((status) => status === 'CONFIRMED').length).toBeGreaterThan(5);
    }, patient);
    const lines = log('inventory')
      .split('\n')
      .filter((line) => line.includes(`a batch can't be read`));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/"topic":"orders.v1".*"partition":\d.*"offset":"\d+".*"codec":"/);
    expect(pids()).toEqual(before);
  });
});
