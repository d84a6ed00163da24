import { urlVariable, type ServiceContract } from '@sluice/contracts';
import { asEnvironment, brokerSettings, heapOptions, settingArguments } from '@sluice/stack/tools';
import { files, read } from './repository.ts';

/** Files with blocks that follow from the list of services and the stack's settings: other programs read them as text. */
export const serviceFiles = [
  'docker-compose.yml',
  'deploy/compose.observability.yml',
  'deploy/Dockerfile',
  'deploy/postgres/databases.sql',
  '.env.example',
  'README.md',
];

type Services = readonly ServiceContract[];

// From a line `# services NAME` to one `# /services`, with the comment signs of the file's language.
const block = /^( *)(#|--|<!--) services (\w+)(.*)\n[^]*?^ *\2 \/services/gm;

/** A text with its blocks made again. Throws when it names a block that there is not. */
export function withServiceBlocks(text: string, services: Services): string {
  return text.replaceAll(block, (_all, indent: string, sign: string, name: string, rest: string) => {
    const made = blocks[name]?.(services);
    if (made === undefined) throw new Error(`there is no block ${name}`);
    const body = made.map((line) => (line === '' ? '' : indent + line));
    return [`${indent}${sign} services ${name}${rest}`, ...body, `${indent}${sign} /services`].join('\n');
  });
}

const blocks: Record<string, (services: Services) => string[]> = {
  compose: (services) => services.flatMap((service, i) => [...(i > 0 ? [''] : []), ...composeService(service)]),
  databases: (services) => services.flatMap(({ database }) => (database ? createMissing(database) : [])),
  kafka: () =>
    Object.entries({ ...asEnvironment(brokerSettings(1)), KAFKA_HEAP_OPTS: heapOptions.join(' ') }).map(
      ([name, value]) => `${name}: '${value}'`,
    ),
  postgres: () => ['command:', ...['postgres', ...settingArguments()].map((argument) => `  - ${argument}`)],
  tracing: (services) =>
    services.flatMap(({ name }) => [
      `${name}:`,
      "  environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318' }",
    ]),
  ports: (services) => services.map(({ name, port }) => `# ${variable(name)}_PORT=${port}`),
  urls: (services) =>
    services
      .filter(({ name }) => services.some(({ needs = [] }) => needs.includes(name)))
      .map(({ name, port }) => `# ${urlVariable(name)}=http://localhost:${port}`),
  packages: () => workspaces().map((folder) => `COPY ${folder}/package.json ${folder}/`),
  table: (services) => [
    '',
    '| service | port | consumes | publishes | calls |',
    '| - | - | - | - | - |',
    ...services.map(row),
    '',
  ],
};

function composeService({ name, port, database, needs = [], start }: ServiceContract): string[] {
  // The password apart: in a URL some characters would mean something else.
  const access = [
    `    DATABASE_URL: postgres://postgres@postgres:5432/${database}`,
    '    PGPASSWORD: ${POSTGRES_PASSWORD:-development-only}',
  ];
  const healthy = ['kafka', ...(needs.includes('smtp') ? ['mail'] : [])];
  return [
    `${name}:`,
    '  <<: *service',
    ...(start === 'on-demand' ? [`  profiles: [${name}]`] : []),
    `  command: [services/${name}/dist/main.js]`,
    '  environment:',
    '    <<: *environment',
    ...(database ? access : []),
    ...needs.map((need) => `    ${urlVariable(need)}: ${need === 'smtp' ? 'smtp://mail:2525' : `http://${need}:3000`}`),
    `  ports: ['127.0.0.1:\${${variable(name)}_PORT:-${port}}:3000']`,
    '  healthcheck: *healthcheck',
    '  depends_on:',
    ...(database ? ['    databases: { condition: service_completed_successfully }'] : []),
    ...healthy.map((one) => `    ${one}: { condition: service_healthy }`),
  ];
}

/** PostgreSQL has no `IF NOT EXISTS` here; psql runs what a query returns. */
function createMissing(database: string): string[] {
  return [
    `SELECT 'CREATE DATABASE ${database}'`,
    `  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${database}') \\gexec`,
  ];
}

function row({ name, port, consumes, publishes, needs = [] }: ServiceContract): string {
  const topics = [consumes, publishes].map((list) => list.map((topic) => `\`${topic.name}\``).join(', '));
  return `| ${[`[${name}](services/${name})`, port, ...topics, needs.join(', ')].join(' | ')} |`;
}

/** Folders of the packages that `npm ci` needs to see. */
function workspaces(): string[] {
  const { workspaces: globs } = JSON.parse(read('package.json')) as { workspaces: string[] };
  const folders = globs.map((glob) => glob.replaceAll('*', '[^/]+')).join('|');
  return files(new RegExp(`^(${folders})/package\\.json$`)).map((file) => file.replace('/package.json', ''));
}

const variable = (name: string) => name.toUpperCase().replaceAll('-', '_');
