import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { read } from '../src/repository.ts';

interface Healthcheck {
  test: string[];
  interval: string;
  retries: number;
  start_period: string;
}

interface Service {
  environment?: Record<string, unknown>;
  healthcheck: Healthcheck;
}

const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };
const run = promisify(execFile);

/** Runs a health check as a container would, but on this port. True: healthy. */
async function isHealthy(name: string, port: number): Promise<boolean> {
  const [kind, program = '', ...args] = services[name]?.healthcheck.test ?? [];
  expect(kind).toBe('CMD');
  const here = args.map((text) => text.replaceAll('$$', '$').replace(/(127\.0\.0\.1)\/\d+/, `$1/${port}`));
  return run(program, here, { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const overHttp = Object.keys(services).filter((name) => !['kafka', 'postgres'].includes(name));

describe('health checks of docker-compose.yml', () => {
  it.each(Object.entries(services))(
    'of %s start neither Node nor a JVM, and work on old engines',
    (_, { healthcheck }) => {
      expect(healthcheck.test.join(' ')).not.toMatch(/\b(node|npm|java|kafka-)|\.sh\b/);
      expect(healthcheck).toMatchObject({ interval: '5s', start_period: expect.any(String) as string });
      expect(healthcheck).not.toHaveProperty('start_interval');
      expect(healthcheck.retries).toBeGreaterThanOrEqual(10);
    },
  );

  it.each(overHttp)('of %s ask it whether it is ready', async (name) => {
    const paths: (string | undefined)[] = [];
    let status = 503;
    const port = await serve(({ url }, response) => {
      paths.push(url);
      response.writeHead(status).end('{}');
    });
    expect(await isHealthy(name, port)).toBe(false);
    status = 200;
    expect(await isHealthy(name, port)).toBe(true);
    expect(new Set(paths)).toEqual(new Set([name === 'mail' ? '/capacity' : '/readyz']));
  });

  it.each(['kafka', ...overHttp])('of %s fail while nothing listens', async (name) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await isHealthy('kafka', port)).toBe(true);
    server.close();
    await once(server, 'close');
    expect(await isHealthy(name, port)).toBe(false);
  });
});

describe('the password of docker-compose.yml', () => {
  it('is in no URL, where some characters would mean something else', () => {
    const values = Object.values(services).flatMap(({ environment = {} }) => Object.values(environment).map(String));
    const withPassword = values.filter((value) => value.includes('PASSWORD'));
    expect(withPassword.length).toBeGreaterThan(1);
    expect(withPassword.filter((value) => value.includes('://'))).toEqual([]);
  });
});
