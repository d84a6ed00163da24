import { Outbox, Transactions } from '@sluice/messaging';
import { eventually } from '@sluice/core/testing';
import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { baseConfig, loadConfig, startService } from '../src/index.ts';
import { createDatabase, testAdminToken } from '../src/testing/index.ts';

it('the quick start of the documentation works as it is printed', async () => {
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await pool.query('create table sold (sku text, pieces int)');
  vi.stubEnv('DATABASE_URL', database.url);
  vi.stubEnv('ADMIN_TOKEN', testAdminToken);
  vi.stubEnv('PORT', '0');
  vi.stubEnv('LOG_LEVEL', 'fatal');
  const { ShopModule, sales } = await import('./quick-start.module.ts');
  const service = await startService(ShopModule, loadConfig('shop', baseConfig));
  try {
    const outbox = service.app.get(Outbox);
    await service.app.get(Transactions).run(async (tx) => {
      const data = { sku: 'A-1', pieces: 2 };
      await outbox.append(tx, sales, [{ type: 'sale.made', key: 'sale-1', version: 1, data }]);
    });
    await eventually(async () => {
      expect((await pool.query('select * from sold')).rows).toEqual([{ sku: 'A-1', pieces: 2 }]);
    });
  } finally {
    await service.stop();
    await pool.end();
    await database.drop();
    vi.unstubAllEnvs();
  }
});
