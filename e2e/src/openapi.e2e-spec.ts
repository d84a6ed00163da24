import { permanentServices } from '@sluice/contracts';
import { expect, inject, it } from 'vitest';
import { Client } from './support/client.ts';

interface Document {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string; required: boolean }[] }>>;
}

const stack = inject('stack');

it.each(permanentServices)('$name documents its headers, and requires none', async ({ name }) => {
  const { body } = await new Client(stack).call<Document>(`${stack.services[name].url}/openapi.json`);
  const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
  const headers = operations.flatMap(({ parameters = [] }) => parameters).filter((one) => one.in === 'header');
  expect(headers).toContainEqual(expect.objectContaining({ name: 'x-deadline-ms' }));
  expect(headers.filter(({ required }) => required)).toEqual([]);
});
