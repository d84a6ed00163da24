import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databases, serviceNames, type DatabaseOwner } from '@sluice/contracts';
import { z } from 'zod';
import { succeeds } from './wait.ts';
import { stackHome } from './workspace.ts';

const infra = z.enum(['embedded', 'docker', 'external']);
export type Infra = z.infer<typeof infra>;

/** Both are missing when the stack doesn't run the part (`external`). */
const handle = { pid: z.number().optional(), container: z.string().optional() };

const service = z.object({ url: z.url(), instances: z.array(z.object({ url: z.url(), pid: z.number() })) });

const stackFile = z.object({
  /** ISO 8601. */
  startedAt: z.string(),
  infra,
  /** One that starts on demand has no instances before. */
  services: z.record(z.enum(serviceNames), service),
  kafka: z.object({
    /** `host:port`, several separated by commas. */
    bootstrap: z.string(),
    clusterId: z.string(),
    /** Unknown of brokers that the stack doesn't run: Kafka's protocol doesn't have it. */
    version: z.string().optional(),
    /** `metrics`: where it answers Prometheus, `host:port`. */
    brokers: z.array(z.object({ id: z.number(), url: z.string(), metrics: z.string().optional(), ...handle })),
  }),
  postgres: z.object(handle),
  databases: z.record(z.enum(Object.keys(databases) as DatabaseOwner[]), z.string()),
  mail: z.object({ smtp: z.string(), url: z.url(), pid: z.number() }),
  /** Only with `--observability`. */
  prometheus: z.object({ url: z.url(), pid: z.number() }).optional(),
  /** For `Authorization: Bearer`. */
  adminToken: z.string(),
  /** Control URLs of the fault proxies by name, e.g. `order-postgres`, `kafka`, `notification-smtp`. */
  proxies: z.record(z.string(), z.url()).optional(),
});

/** `.sluice/stack.json`: exists as long as a stack is up, readable by its owner only. */
export type StackFile = z.infer<typeof stackFile>;

/** Written to a draft and renamed, so that no reader ever sees half of it. */
export function writeStackFile(path: string, stack: StackFile): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The stack that is described there, or `undefined` when there is no file. Throws when it has another shape. */
export function readStackFile(path: string): StackFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = stackFile.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${path} can't be read: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The stack of this checkout, or `undefined`: no file, or one whose order service doesn't answer any more. */
export async function runningStack(): Promise<StackFile | undefined> {
  const stack = readStackFile(join(stackHome, 'stack.json'));
  if (!stack) return undefined;
  // A stack that was killed leaves its file behind for a moment.
  const alive = fetch(`${stack.services.order.url}/livez`, { signal: AbortSignal.timeout(5_000) });
  return (await succeeds(alive)) ? stack : undefined;
}
