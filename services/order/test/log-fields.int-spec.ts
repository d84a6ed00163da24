import { orderFields } from '@sluice/contracts';
import { startService } from '@sluice/service-kit';
import { createDatabase, recordingLogger, testConfig } from '@sluice/service-kit/testing';
import pg from 'pg';
import { expect, it } from 'vitest';
import { orderConfig } from '../src/config.ts';
import { OrderModule } from '../src/order.module.ts';
import { anOrderBody } from './builders.ts';
import { nowhere, shutdownTimeoutMs } from './order-service.ts';

it("a request's log lines carry the id of its order, from the route or from the new order", async () => {
  const database = await createDatabase();
  const urls = { INVENTORY_URL: `http://${nowhere}`, NOTIFICATION_URL: `http://${nowhere}`, KAFKA_BROKERS: nowhere };
  const config = { ...testConfig('order', orderConfig, { ...urls, DATABASE_URL: database.url }), shutdownTimeoutMs };
  const { logger, lines } = await recordingLogger('order');
  const service = await startService(OrderModule.forRoot(config), config, { logFields: orderFields, logger });
  const client = new pg.Client({ connectionString: database.url });
  try {
    await client.connect();
    // A defect, and then a deployment that is not complete.
    await client.query('alter table orders add check (false)');
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(anOrderBody());
    expect((await fetch(`${service.url}/orders`, { method: 'POST', headers, body })).status).toBe(500);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', orderId: expect.any(String) as string }));

    lines.length = 0;
    await client.query('drop table idempotency_keys, compensations, order_lines, order_history, orders');
    const orderId = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect((await fetch(`${service.url}/orders/${orderId}`)).status).toBe(503);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', orderId }));
  } finally {
    await client.end();
    await service.stop();
    await database.drop();
  }
});
