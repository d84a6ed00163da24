import { expect, it } from 'vitest';
import { databaseUrl } from './databases.ts';

it("puts the service's database in place of the server's, and keeps the rest", () => {
  expect(databaseUrl('postgres://me:p%40ss@db.example:5433/postgres?sslmode=require', 'order')).toBe(
    'postgres://me:p%40ss@db.example:5433/sluice_order?sslmode=require',
  );
});
