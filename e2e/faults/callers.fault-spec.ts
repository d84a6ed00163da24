import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '@sluice/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { anOrder, Client, type Order, type Problem } from '../src/support/client.ts';
import { startStack, type StartedStack } from '../src/support/stack.ts';
import { chosen } from './support/form.ts';

/** Long polls, and how many of them the order service has places for. */
const [crowd, places] = [150, 100];
/** The machine is busy with the crowd. */
const patient = { timeoutMs: 60_000 };

/** In small, without a stack: checkout.int-spec, orders.int-spec. */
describe.skipIf(chosen !== 'long')('callers of a running stack', () => {
  let started: StartedStack;
  let client: Client;

  beforeAll(async () => {
    vi.stubEnv('MAX_FOLLOWERS', String(places));
    started = await startStack();
    client = new Client(started.file());
  }, 200_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await started.stop();
  });

  const pidOfInventory = () => client.stack.services.inventory.instances[0]!.pid;

  async function provider(capacity: { slots: number; latencyMs: number }): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await client.call(`${client.stack.mail.url}/capacity`, { method: 'PUT', headers, body: JSON.stringify(capacity) });
  }

  async function aSku(): Promise<string> {
    const sku = `callers-${randomUUID()}`;
    await client.setStock(sku, 10_000);
    return sku;
  }

  /** On a connection of its own. */
  async function longPoll(id: string): Promise<Socket> {
    const { hostname, port } = new URL(client.stack.services.order.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    socket.write(`GET /orders/${id} HTTP/1.1\r\nhost: ${hostname}\r\nprefer: wait=30\r\n\r\n`);
    return socket;
  }

  describe('who are in a hurry', () => {
    afterEach(() => provider({ slots: 20, latencyMs: 100 }));

    it('cost the others none of their synchronous orders', async () => {
      const sku = await aSku();
      await provider({ slots: 100, latencyMs: 600 });
      const place = (headers = {}) => client.place<Order & Problem>(anOrder(sku), 'sync', headers);
      const until = performance.now() + 20_000;
      while (performance.now() < until) {
        const soon = { 'x-deadline-ms': String(Date.now() + 400) };
        const hurried = await Promise.all(Array.from({ length: 20 }, () => place(soon)));
        expect(new Set(hurried.map(({ status }) => status))).toEqual(new Set([504]));
        const others = await Promise.all(Array.from({ length: 5 }, () => place()));
        expect(others.map(({ status }) => status)).toEqual(others.map(() => 201));
      }
    });
  });

  describe('who leave', () => {
    afterEach(() => void process.kill(pidOfInventory(), 'SIGCONT'));

    it('take no place from those who stay', async () => {
      const sku = await aSku();
      // So that an order stays open.
      process.kill(pidOfInventory(), 'SIGSTOP');
      const { id } = (await client.place(anOrder(sku))).body;
      const wait = async () => (await client.order(`/${id}`, { headers: { prefer: 'wait=1' } })).status;
      const sockets = await Promise.all(Array.from({ length: crowd }, () => longPoll(id)));
      await eventually(async () => expect(await wait()).toBe(503), { timeoutMs: 25_000 });
      for (const socket of sockets) socket.resetAndDestroy();
      const leftAt = performance.now();
      await eventually(async () => expect(await wait()).toBe(200), patient);
      // By itself a poll would go on for 30 s.
      expect(performance.now() - leftAt).toBeLessThan(15_000);
      process.kill(pidOfInventory(), 'SIGCONT');
      await eventually(async () => expect((await client.order(`/${id}`)).body.status).toBe('CONFIRMED'), patient);
    });
  });
});
