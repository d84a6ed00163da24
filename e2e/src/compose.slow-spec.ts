import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sluice/kit/ports';
import type { StackFile } from '@sluice/kit/stack-file';
import { withAdmin } from '@sluice/kit/kafka-admin';
import { workspaceRoot } from '@sluice/kit/workspace';
import { eventually } from '@sluice/core/testing';
import { allServices, ordersTopic, permanentServices, serviceNames } from '@sluice/contracts';
import { kafkaDriver } from '@sluice/kafka-clients';
import { deadLetterTopic } from '@sluice/messaging/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';
import { canPull, docker, hasCompose } from './support/docker.ts';

const minutes = 60_000;
const observed = ['--file=docker-compose.yml', '--file=deploy/compose.observability.yml'];
const hasPrometheus = hasCompose && canPull(observed, 'prometheus');

// Where a network inspects TLS, an image build trusts no server that it fetches from: there the images that fetch are taught
// this machine's certificate authorities.
const authorities = process.env['NODE_EXTRA_CA_CERTS'];

async function taught(tag: string, ...lines: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  copyFileSync(authorities!, join(folder, 'authorities.pem'));
  writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
  await docker(['build', '-q', '--network=host', '-t', tag, folder]);
  rmSync(folder, { recursive: true });
  return tag;
}

async function nodeImage(): Promise<string> {
  const image = 'node:24-bookworm-slim';
  if (!authorities) return image;
  const path = '/etc/authorities.pem';
  return taught(
    'sluice-node:local',
    `FROM ${image}`,
    `COPY authorities.pem ${path}`,
    `ENV NODE_EXTRA_CA_CERTS=${path}`,
  );
}

/** The argument of the build, unless the image that is its default will do. */
async function mavenImage(): Promise<NodeJS.ProcessEnv> {
  if (!authorities) return {};
  const tag = await taught(
    'sluice-maven:local',
    'FROM debian:bookworm-slim',
    'RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends maven ca-certificates >/dev/null',
    'COPY authorities.pem /',
    // Java reads one certificate per file only.
    `RUN awk '/BEGIN CERT/ { n++ } n { print > "/usr/local/share/ca-certificates/" n ".crt" }' authorities.pem \\`,
    '  && update-ca-certificates',
  );
  return { MAVEN_IMAGE: tag };
}

describe.skipIf(!hasCompose)('docker compose up --wait', () => {
  const env: NodeJS.ProcessEnv = {
    COMPOSE_PROJECT_NAME: 'sluice-e2e',
    ADMIN_TOKEN: 'end-to-end',
    // A URL would not take it as it is.
    POSTGRES_PASSWORD: `p@ss/w#rd?%41:$1\\'" ü`,
  };
  const compose = (...args: string[]) => docker(['compose', ...args], env);
  const inside = async (service: string, ...command: string[]) =>
    (await compose('exec', '-T', service, ...command)).trim();
  const portOf = (name: string) => env[`${name.toUpperCase().replaceAll('-', '_')}_PORT`] ?? '';
  let client: Client;

  beforeAll(async () => {
    const image = `NODE_IMAGE=${await nodeImage()}`;
    const options = ['-q', '--network=host', '--build-arg', image, '-t', 'sluice:local'];
    await docker(['build', ...options, '-f', 'deploy/Dockerfile', '.']);
    const names = ['kafka', 'kafka-jmx', 'kafka-metrics', 'prometheus', 'postgres', 'mail', ...serviceNames];
    for (const name of names) env[`${name.toUpperCase().replaceAll('-', '_')}_PORT`] = String(await freePort());
    Object.assign(env, await mavenImage());
    await compose(...observed, 'build', '--quiet', 'kafka');
    const wanted = ['databases', 'mail', ...permanentServices.map(({ name }) => name)];
    await compose(...observed, 'up', '--wait', '--no-build', ...wanted, ...(hasPrometheus ? ['prometheus'] : []));
    const at = (name: string) => ({ url: `http://127.0.0.1:${portOf(name)}`, instances: [] });
    client = new Client({
      services: Object.fromEntries(serviceNames.map((name) => [name, at(name)])),
      mail: { url: at('mail').url, smtp: '', pid: 0 },
      adminToken: 'end-to-end',
    } as unknown as StackFile);
  }, 15 * minutes);

  afterAll(() => compose(...observed, 'down', '--volumes', '--timeout', '20'), 2 * minutes);

  // Nothing listens where traces are sent to.
  it.each(['async', 'sync'])('confirms an order and tells the customer, %s', async (flow) => {
    await client.setStock(`compose-${flow}`, 1);
    const { id, email } = (await client.place(anOrder(`compose-${flow}`), flow)).body;
    expect(await client.settled(id)).toMatchObject({ status: 'CONFIRMED' });
    await eventually(async () => expect(await client.mails(email)).toHaveLength(1));
  });

  it.each([...permanentServices.map(({ name }) => name), 'mail'])(
    'runs %s unprivileged on a read-only file system',
    async (service) => {
      const write = "try { require('fs').writeFileSync('/app/x', '') } catch (error) { error.code + process.getuid() }";
      expect(await inside(service, 'node', '-p', write)).toBe('EROFS1000');
    },
  );

  it("has metrics of the broker, which leave Kafka's tools in its container alone", async () => {
    const answer = await fetch(`http://127.0.0.1:${portOf('kafka-metrics')}/metrics`);
    expect(await answer.text()).toMatch(/^kafka_server_\w+ [1-9]/m);
    const url = `service:jmx:rmi:///jndi/rmi://127.0.0.1:${portOf('kafka-jmx')}/jmxrmi`;
    const tools = [
      '/opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:19092 --list',
      `java -cp '/opt/kafka/libs/*' org.apache.kafka.tools.JmxTool --jmx-url ${url} --object-name kafka.server:type=app-info --one-time`,
    ];
    const output = await inside('kafka', 'bash', '-c', `${tools.join(' & ')}; wait`);
    expect(output).toContain(ordersTopic.name);
    expect(output).toContain('app-info:version');
  });

  it.skipIf(!hasPrometheus)('has a Prometheus that reaches the broker and each service', async () => {
    const url = `http://127.0.0.1:${portOf('prometheus')}/api/v1/query?query=up%7Bjob%3D~%22services%7Ckafka%22%7D`;
    interface Found {
      data: { result: { metric: { instance: string }; value: [number, string] }[] };
    }
    const up = async () => {
      const { body } = await client.call<Found>(url);
      return body.data.result
        .filter(({ value }) => value[1] === '1')
        .map(({ metric }) => metric.instance.split(':')[0]);
    };
    const names = ['kafka', ...permanentServices.map(({ name }) => name)].sort();
    await eventually(async () => expect((await up()).sort()).toEqual(names), { timeoutMs: minutes });
  });

  it('answers a container that asks the listener of the host with an address that leads nowhere there', async () => {
    const script = `import { withAdmin } from '@sluice/kafka';
      import { kafkaDriver } from '@sluice/kafka-clients';
      const driver = kafkaDriver({ brokers: [process.argv[1]], clientId: 'probe', connectTimeoutMs: 2_000 });
      const asked = withAdmin(driver, (admin) => admin.topics());
      console.log(await asked.then((topics) => topics.join(), (error) => String(error.cause ?? error)));`;
    const ask = (address: string) => inside('order', 'node', '--input-type=module', '-e', script, address);
    expect(await ask('kafka:19092')).toContain(ordersTopic.name);
    expect(await ask('kafka:9092')).toMatch(new RegExp(`ECONNREFUSED .*:${portOf('kafka')}$`));
  });

  it('keeps orders, offsets and dead letters over down and up, and makes the database of a service added later', async () => {
    const bootstrap = `127.0.0.1:${portOf('kafka')}`;
    const letters = deadLetterTopic(ordersTopic.name, 'inventory');
    const order = (await client.place(anOrder('compose-kept'))).body.id;
    await client.settled(order);
    const producer = await kafkaDriver({ brokers: [bootstrap], clientId: 'e2e' }).producer();
    await producer.sendBatch([{ topic: ordersTopic.name, partition: 0, key: null, value: '{' }]);
    await producer.close();
    const state = () =>
      withAdmin(bootstrap, async (admin) => {
        const consumed = allServices.flatMap(({ name, consumes }) =>
          consumes.map((topic) => [name, topic.name] as const),
        );
        const ends = await Promise.all(consumed.map(([, topic]) => admin.endOffsets(topic)));
        const offsets = await Promise.all(consumed.map(([group, topic]) => admin.committedOffsets(group, topic)));
        return { ends, offsets, letters: await admin.endOffsets(letters) };
      });
    await eventually(async () => {
      const { ends, offsets, letters: kept } = await state();
      expect(offsets).toEqual(ends);
      expect([...kept.values()].reduce((sum, end) => sum + end, 0n)).toBe(1n);
    });
    const before = await state();
    const { body } = await client.order(`/${order}`);

    const folder = mkdtempSync(join(tmpdir(), 'sluice-compose-'));
    const sql = readFileSync(join(workspaceRoot, 'deploy/postgres/databases.sql'), 'utf8');
    writeFileSync(join(folder, 'databases.sql'), sql + sql.replaceAll('sluice_order', 'sluice_later'));
    const volumes = [`${join(folder, 'databases.sql')}:/databases.sql:ro`];
    writeFileSync(join(folder, 'later.json'), JSON.stringify({ services: { databases: { volumes } } }));

    await compose(...observed, 'down', '--timeout', '20');
    await compose(
      '--file=docker-compose.yml',
      `--file=${folder}/later.json`,
      'up',
      '--wait',
      '--no-build',
      'databases',
      'order',
    );
    rmSync(folder, { recursive: true });
    expect(await client.order(`/${order}`)).toMatchObject({ status: 200, body });
    expect(await state()).toEqual(before);
    const names = await inside('postgres', 'psql', '-U', 'postgres', '-Atc', 'select datname from pg_database');
    expect(names.split('\n')).toEqual(expect.arrayContaining(['sluice_order', 'sluice_later']));
  });

  it('removes the volumes when it is told to', async () => {
    const volumes = () => docker(['volume', 'ls', '-q', '--filter', `label=com.docker.compose.project=sluice-e2e`]);
    expect(await volumes()).toContain('sluice-e2e_kafka');
    await compose(...observed, 'down', '--volumes', '--timeout', '20');
    expect(await volumes()).toBe('');
  });
});
