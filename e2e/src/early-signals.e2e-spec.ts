import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { permanentServices } from '@sluice/contracts';
import { workspaceRoot } from '@sluice/kit/workspace';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/** Takes connections and says nothing: what waits for it is starting for as long as a test wants. */
const silent: Server = createServer();
const codes = { SIGTERM: 143, SIGINT: 130 } as const;
const children: ChildProcess[] = [];

beforeAll(() => once(silent.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => silent.close());
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function started(service: string, ...flags: string[]): ChildProcess {
  const { port } = silent.address() as AddressInfo;
  const env = {
    PATH: process.env['PATH'],
    PORT: '0',
    ADMIN_TOKEN: 'early-signals',
    DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/none`,
    KAFKA_BROKERS: `127.0.0.1:${port}`,
    INVENTORY_URL: `http://127.0.0.1:${port}`,
    NOTIFICATION_URL: `http://127.0.0.1:${port}`,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
  };
  const main = join(workspaceRoot, 'services', service, 'dist', 'main.js');
  const child = spawn(process.execPath, [...flags, main], { env, stdio: 'ignore' });
  children.push(child);
  return child;
}

/** A process without a handler of its own ends by the signal, which is not what process 1 of a container does. */
async function endOf(child: ChildProcess): Promise<{ code: unknown; signal: unknown }> {
  const [code, signal] = (await once(child, 'exit')) as [unknown, unknown];
  return { code, signal };
}

/** Sends a signal to itself as soon as it looks for the first of the libraries. */
const atItsFirstImport = (signal: string) => `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === '@sluice/contracts') process.kill(process.pid, '${signal}');
      return next(specifier, context);
    },
  });`;

describe.each(permanentServices)('$name, while it starts,', ({ name }) => {
  it.each(Object.entries(codes))('ends by itself on %s before its imports, with %i', async (signal, code) => {
    const hook = `data:text/javascript,${encodeURIComponent(atItsFirstImport(signal))}`;
    expect(await endOf(started(name, '--import', hook))).toEqual({ code, signal: null });
  });

  it('ends at once while it waits for its database', async () => {
    const connected = once(silent, 'connection');
    const child = started(name);
    await connected;
    child.kill('SIGTERM');
    expect(await endOf(child)).toEqual({ code: codes.SIGTERM, signal: null });
  });
});
