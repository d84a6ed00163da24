import { freshName } from '@sluice/core/testing';
import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connect } from '../src/database/connect.ts';
import { createDatabase } from '../src/testing/index.ts';

/** None of these may stand in a URL as it is. */
const password = `p@ss/w#rd?%41:$1\\'" ü`;

// docker-compose.yml relies on it: a password is one variable there, of any characters.
it('takes a password that is not in its URL from PGPASSWORD, whatever its characters', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const role = freshName('role').replaceAll('-', '_');
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  onTestFinished(() => admin.end());
  await admin.query(`create role ${role} login superuser password ${pg.escapeLiteral(password)}`);
  onTestFinished(async () => void (await admin.query(`drop owned by ${role}; drop role ${role}`)));
  const url = Object.assign(new URL(database.url), { username: role, password: '' }).href;
  vi.stubEnv('PGPASSWORD', password);
  onTestFinished(() => void vi.unstubAllEnvs());
  const dataSource = await connect({ url, service: 'any', entities: [], migrations: [] });
  onTestFinished(() => dataSource.destroy());
  expect(await dataSource.query('select current_user as name')).toEqual([{ name: role }]);
});
