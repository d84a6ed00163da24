import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { allServices, databases } from '@sluice/contracts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { read, root } from '../src/repository.ts';

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

const base = 'docker-compose.yml';
const overlay = 'deploy/compose.observability.yml';
const servicesOf = (file: string) =>
  (parse(read(file), { merge: true }) as { services: Record<string, Service> }).services;
// One that ends when it's done has none.
const { databases: _job, ...services } = servicesOf(base);
const observing = Object.entries(servicesOf(overlay)).filter(
  ([name]) => name !== 'kafka' && !allServices.some((service) => service.name === name),
);
const run = promisify(execFile);

/** Runs a health check as a container would, but on this port. True: healthy. */
async function isHealthy(name: string, port: number): Promise<boolean> {
  const [kind, program = '', ...args] = services[name]?.healthcheck.test ?? [];
  expect(kind).toBe('CMD');
  const here = args.map((text) => text.replaceAll('$$', '$').replace(/(127\.0\.0\.1[/:])\d+/, `$1${port}`));
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

const hasWget = spawnSync('wget', ['--version']).status === 0;
const overHttp = Object.entries(services).flatMap(([name, { healthcheck }]) =>
  ['kafka', 'postgres'].includes(name) || (healthcheck.test[1] === 'wget' && !hasWget) ? [] : [name],
);

describe('health checks of docker-compose.yml', () => {
  it.each([...Object.entries(services), ...observing])(
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
    const other: Record<string, string> = { mail: '/capacity', manager: '/actuator/health' };
    expect(new Set(paths)).toEqual(new Set([other[name] ?? '/readyz']));
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

interface Composed {
  services: Record<
    string,
    {
      image: string;
      build?: unknown;
      environment?: Record<string, string | null>;
      ports?: { host_ip?: string; published?: string }[];
      depends_on?: Record<string, { condition: string }>;
      volumes?: { type: string; source: string; target: string }[];
    }
  >;
  volumes: Record<string, unknown>;
}

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
const combinations = [[base], [base, overlay]].flatMap((files) =>
  [[], ['manager'], ['*']].map((profiles) => ({ files, profiles })),
);

describe.skipIf(!hasCompose).each(combinations)('docker compose config, $files, profiles $profiles', (chosen) => {
  const options = [
    ...chosen.files.map((file) => `--file=${file}`),
    ...chosen.profiles.map((name) => `--profile=${name}`),
  ];
  const args = ['compose', '--env-file=/dev/null', ...options, 'config', '--format=json'];
  let composed: Composed;
  beforeAll(async () => {
    composed = JSON.parse((await run('docker', args, { cwd: root })).stdout) as Composed;
  });

  it('has what was asked for, from pinned images, and publishes ports to loopback only, each once', () => {
    const { services: made, volumes } = composed;
    const isObserved = chosen.files.includes(overlay);
    expect('manager' in made).toBe(chosen.profiles.length > 0);
    expect('prometheus' in made).toBe(isObserved);
    expect(Object.keys(volumes).sort()).toEqual(['kafka', 'postgres', ...(isObserved ? ['prometheus'] : [])]);
    const ports = Object.values(made).flatMap((service) => service.ports ?? []);
    expect(ports.filter(({ host_ip: host }) => host !== '127.0.0.1')).toEqual([]);
    expect(new Set(ports.map(({ published }) => published)).size).toBe(ports.length);
    const foreign = Object.values(made).flatMap(({ image, build }) => (build === undefined ? [image] : []));
    expect(foreign.filter((image) => !/:v?\d[\w.-]*$/.test(image))).toEqual([]);
  });

  it('keeps the data in named volumes, and starts a service when its database is there', () => {
    const { kafka, postgres, ...others } = composed.services;
    const volume = (source: string, target: string) =>
      expect.objectContaining({ type: 'volume', source, target }) as object;
    expect(kafka?.volumes).toContainEqual(volume('kafka', kafka?.environment?.['KAFKA_LOG_DIRS'] ?? ''));
    expect(postgres?.volumes).toContainEqual(volume('postgres', '/var/lib/postgresql'));
    const condition = 'service_completed_successfully';
    for (const name of Object.keys(databases)) {
      if (others[name]) expect(others[name].depends_on?.['databases']).toMatchObject({ condition });
    }
  });

  it('exports traces with the overlay only', () => {
    const { services: made } = composed;
    const expected = chosen.files.includes(overlay) ? 'http://jaeger:4318' : undefined;
    const running = allServices.filter(({ name }) => name in made);
    expect(running.length).toBeGreaterThan(0);
    for (const { name } of running) {
      expect(made[name]?.environment?.['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined).toBe(expected);
    }
  });
});

describe("Prometheus's agent of the broker", () => {
  it('is in no variable, which all tools in the container would inherit', () => {
    const { kafka } = servicesOf(overlay) as Record<string, Service & { command: string[] }>;
    expect(kafka?.command.at(-1)).toMatch(/^KAFKA_OPTS=-javaagent:\S+ exec /);
    const variables = { ...servicesOf(base)['kafka']?.environment, ...kafka?.environment };
    expect(Object.entries(variables).filter(([, value]) => String(value).includes('javaagent'))).toEqual([]);
  });
});
