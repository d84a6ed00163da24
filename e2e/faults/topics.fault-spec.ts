import { Admin } from '@platformatic/kafka';
import { intakeTopic, ordersTopic, permanentServices, stockTopic } from '@sluice/contracts';
import { eventually, freshName } from '@sluice/core/testing';
import { withAdmin, type AdminConnection } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { readTopic } from '@sluice/kafka/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder, Client, type Order } from '../src/support/client.ts';
import { startStack, type StartedStack } from '../src/support/stack.ts';
import { chosen } from './support/form.ts';

const patient = { timeoutMs: 90_000, intervalMs: 250 };

/** Minutes for each client, and a stack for each: short forms of it are the integration specs of kafka and messaging. */
describe.skipIf(chosen !== 'long').each(['kafkajs', 'platformatic'] as const)(
  'topics under running services (%s)',
  (driver) => {
    let started: StartedStack;
    let client: Client;
    let pids: number[];
    const sku = freshName('topics');

    beforeAll(async () => {
      started = await startStack([], undefined, { KAFKA_DRIVER: driver, KAFKA_METADATA_MAX_AGE_MS: '2000' });
      client = new Client(started.file());
      pids = pidsNow();
      await client.setStock(sku, 10_000);
      await confirmed(await placed(20, 'async'));
    }, 240_000);

    afterAll(() => started?.stop());

    const pidsNow = (): number[] =>
      permanentServices.flatMap(({ name }) => started.file().services[name].instances.map(({ pid }) => pid));
    const kafka = () => kafkaDriver({ brokers: client.stack.kafka.bootstrap.split(','), clientId: 'operator' });
    const admin = <T>(work: (connection: AdminConnection) => Promise<T>) => withAdmin(kafka(), work);

    /** Ids of orders that were accepted; asks again while the log takes none. */
    async function placed(count: number, flow: string): Promise<string[]> {
      const place = () =>
        eventually(
          async () => {
            const { status, body } = await client.place<Order>(anOrder(sku), flow);
            expect(status).toBe(202);
            return body.id;
          },
          flow === 'log' ? patient : { timeoutMs: 0 },
        );
      return Promise.all(Array.from({ length: count }, place));
    }

    async function confirmed(ids: string[]): Promise<void> {
      for (const id of ids) {
        const status = () => client.order(`/${id}`).then(({ body }) => body.status);
        await eventually(async () => expect(await status()).toBe('CONFIRMED'), patient);
      }
      expect(pidsNow()).toEqual(pids);
      for (const pid of pids) expect(process.kill(pid, 0)).toBe(true);
    }

    async function eventsOf(ids: string[]): Promise<number> {
      const records = await readTopic(kafka(), ordersTopic.name);
      return records.filter(({ key }) => ids.includes(String(key))).length;
    }

    it('are created again when all of them are deleted, and no order is refused for it', async () => {
      const before = await admin((connection) => connection.topics());
      await admin((connection) => connection.deleteTopics(before));
      const asynchronous = await placed(40, 'async');
      const logged = await placed(10, 'log');
      await confirmed([...asynchronous, ...logged]);
      await eventually(async () => expect((await admin((to) => to.topics())).sort()).toEqual(before.sort()), patient);
      for (const { name, partitions } of [ordersTopic, stockTopic, intakeTopic]) {
        expect(await admin((connection) => connection.partitionCount(name))).toBe(partitions);
      }
    });

    it('may have fewer partitions afterwards: each event is written once', async () => {
      await admin(async (connection) => {
        await connection.deleteTopics([ordersTopic.name]);
        await connection.createTopics([{ name: ordersTopic.name, partitions: 2 }]);
      });
      const ids = await placed(60, 'async');
      await confirmed(ids);
      expect(await eventsOf(ids)).toBe(120);
    });

    it('may have more: producers use what is added, and consumers own it', async () => {
      await addPartitions(client.stack.kafka.bootstrap, ordersTopic.name, 8);
      await addPartitions(client.stack.kafka.bootstrap, stockTopic.name, 12);
      const used = async () => (await readTopic(kafka(), ordersTopic.name)).some(({ partition }) => partition >= 2);
      const ids: string[] = [];
      await eventually(async () => {
        ids.push(...(await placed(10, 'async')));
        expect(await used()).toBe(true);
      }, patient);
      await confirmed(ids);
      expect(await eventsOf(ids)).toBe(2 * ids.length);
    });
  },
);

async function addPartitions(bootstrap: string, name: string, count: number): Promise<void> {
  const admin = new Admin({ clientId: 'operator', bootstrapBrokers: bootstrap.split(',') });
  await admin.createPartitions({ topics: [{ name, count, assignments: null }] }).finally(() => admin.close());
}
