import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { kafkaDriver } from '../src/drivers/index.ts';
import { driverSuite } from './driver.suite.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');

/** Every connection that this process has to somebody: cutting them is as good as a broken network. */
const sockets = new Set<Socket>();
const note = (message: unknown): void => void sockets.add((message as { socket: Socket }).socket);
subscribe('net.client.socket', note);
afterAll(() => unsubscribe('net.client.socket', note));

function interrupt(): void {
  const open = [...sockets].filter((socket) => !socket.destroyed);
  expect(open.length).toBeGreaterThan(0);
  sockets.clear();
  const reset = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  for (const socket of open) socket.destroy(reset());
}

driverSuite('kafkajs', {
  driver: kafkaDriver({ brokers, clientId: 'driver-spec' }),
  unreachable: kafkaDriver({ brokers: ['127.0.0.1:1'], clientId: 'away', connectTimeoutMs: 500 }),
  interrupt,
});

describe('the kafkajs driver', () => {
  it("keeps kafkajs's idle timer from firing", async () => {
    const warnings: string[] = [];
    const noteWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', noteWarning);
    try {
      const admin = await kafkaDriver({ brokers, clientId: 'driver-spec' }).admin();
      await admin.topics();
      await admin.close();
    } finally {
      process.off('warning', noteWarning);
    }
    expect(warnings).not.toContain('TimeoutNegativeWarning');
  });
});
