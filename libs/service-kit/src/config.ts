import { z } from 'zod';
import { samplerNames } from './sampler.ts';
import { printable, wholeNumber } from './validation.ts';

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<S>;

/** What a service reads: the variables of its schema in camelCase (`DATABASE_URL` → `databaseUrl`), frozen. */
export type ConfigOf<S extends z.ZodObject> = Readonly<
  { service: string } & { [K in keyof z.output<S> as CamelCase<K & string>]: z.output<S>[K] }
>;

/** Every problem of the environment at once, one line each, naming the variable; never its value. */
export class ConfigError extends Error {
  constructor(readonly lines: string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Of a setting. */
export const httpUrl = z.url({ protocol: /^https?$/, message: 'must be an http:// or https:// URL' });

export const baseConfig = z.object({
  /** Address to listen on; default: loopback. */
  HOST: z.string().default('127.0.0.1'),
  /** 0 takes a free port. */
  PORT: wholeNumber(0, 65_535),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// URL' }),
  /** Connections of this process to its database. */
  DATABASE_POOL_SIZE: wholeNumber(2, 200).default(10),
  /** `host:port`, separated by commas. */
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'must be host:port[,host:port…]')
    .transform((list) => list.split(',')),
  /** The Kafka client library. */
  KAFKA_DRIVER: z.enum(['kafkajs', 'platformatic']).default('kafkajs'),
  /** How long missing topics and added partitions may go unnoticed; milliseconds. */
  KAFKA_METADATA_MAX_AGE_MS: wholeNumber(1_000, 60_000).default(30_000),
  /** Bearer token of everything administrative. */
  ADMIN_TOKEN: z.string().min(8, 'must have at least 8 characters'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** From the first byte of a request to its last; milliseconds. */
  REQUEST_TIMEOUT_MS: wholeNumber(100, 600_000).default(30_000),
  /** From SIGTERM to exit, hard limit; milliseconds. */
  SHUTDOWN_TIMEOUT_MS: wholeNumber(100, 600_000).default(15_000),
  /** From SIGTERM to the SIGKILL of whatever supervises this process; milliseconds. */
  STOP_GRACE_MS: wholeNumber(100, 3_600_000).default(20_000),
  /** Base URL of an OTLP collector (HTTP, JSON) that gets the spans. Default: none are recorded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  /** Whole URL for the spans, instead of `v1/traces` below the base. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  /** The service's name in its spans; default: its own. */
  OTEL_SERVICE_NAME: z.string().optional(),
  /** Attributes of all spans, `key=value` separated by commas; percent-encoded. */
  OTEL_RESOURCE_ATTRIBUTES: z.string().transform(attributesOf).optional(),
  /** Which traces are recorded; those named `parentbased_` follow the caller's decision where there is one. */
  OTEL_TRACES_SAMPLER: z.enum(samplerNames).default('parentbased_always_on'),
  /** Share of traces that a sampler with `traceidratio` records, 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0|1|[01]?\.\d{1,16})$/, 'must be a number from 0 to 1')
    .transform(Number)
    .refine((ratio) => ratio <= 1, 'must be a number from 0 to 1')
    .default(1),
});
export type BaseConfig = ConfigOf<typeof baseConfig>;

/** Of the time for the shutdown, the last part: to commit what was finished, to flush and to close. */
export const closingMs = 1_000;

function attributesOf(list: string, { issues }: z.core.$RefinementCtx<string>): Record<string, string> {
  try {
    const pairs = list.split(',').map((pair) => pair.split('=').map((part) => decodeURIComponent(part.trim())));
    const isPair = (parts: string[]): parts is [string, string] => parts.length === 2 && parts[0] !== '';
    if (pairs.every(isPair)) return Object.fromEntries<string>(pairs);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  issues.push({ code: 'custom', message: 'must be key=value[,key=value…], percent-encoded', input: list });
  return z.NEVER;
}

/**
 * A check of a schema: `part`, as often as it may follow upon itself (`times`), and `spareMs` fit into `whole`, whichever of
 * them are set. What ends before the other has ended would be cut off each time that it takes long.
 */
export function fitsInto(
  part: string,
  whole: string,
  { spareMs = 0, times = 1 } = {},
): z.core.CheckFn<Record<string, unknown>> {
  return ({ value, issues }) => {
    const [partMs, wholeMs] = [Number(value[part]), Number(value[whole])];
    if (!(partMs * times + spareMs > wholeMs)) return;
    const all = times === 1 ? `${partMs} ms` : `${times} times ${partMs} ms`;
    const message = `${all} must be at least ${spareMs} ms less than ${whole}, which is ${wholeMs} ms`;
    issues.push({ code: 'custom', path: [part], message, input: value[part] });
  };
}

/**
 * Throws {@link ConfigError}. An empty variable counts as unset. A line break is a mistake in any of them, and in a password
 * or a token one that would only show as a login that is refused. `PGPASSWORD` is read by pg.
 */
export function parseConfig<S extends z.ZodObject>(service: string, schema: S, env: NodeJS.ProcessEnv): ConfigOf<S> {
  const given = Object.fromEntries(Object.keys(schema.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const texts = Object.entries({ ...given, PGPASSWORD: env['PGPASSWORD'] ?? '' });
  const unprintable = texts.filter(([, value]) => !printable.test(value)).map(([name]) => name);
  if (unprintable.length > 0) {
    throw new ConfigError(
      unprintable.map((name) => `${name}: must not contain control characters, such as line breaks`),
    );
  }
  const result = schema.check(fitsInto('SHUTDOWN_TIMEOUT_MS', 'STOP_GRACE_MS')).safeParse(given);
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map(({ code, path, message }) => {
        const name = String(path[0] ?? 'environment');
        return `${name}: ${name in given || code === 'custom' ? message : 'is required'}`;
      }),
    );
  }
  const entries = Object.entries(result.data).map(([name, value]) => [camelCase(name), value]);
  return Object.freeze({ service, ...Object.fromEntries(entries) }) as ConfigOf<S>;
}

/** For a service's config.ts: reads the environment; says what is wrong on stderr and exits 1 when it can't start. */
export function loadConfig<S extends z.ZodObject>(service: string, schema: S): ConfigOf<S> {
  try {
    return parseConfig(service, schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${service} can't start, its environment is not valid:\n  ${error.lines.join('\n  ')}\n`);
    process.exit(1);
  }
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
