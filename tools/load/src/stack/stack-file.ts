import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { databases, serviceNames, type DatabaseOwner } from '@sluice/messaging/contracts';
import { z } from 'zod';

const service = z.object({ url: z.url(), instances: z.array(z.unknown()) });
const owners = Object.keys(databases) as DatabaseOwner[];

const schema = z.object({
  startedAt: z.string(),
  infra: z.string(),
  services: z.record(z.enum(serviceNames), service),
  kafka: z.object({ bootstrap: z.string(), version: z.string().optional(), brokers: z.array(z.unknown()) }),
  databases: z.record(z.enum(owners), z.string()),
  mail: z.object({ smtp: z.string(), url: z.url() }),
  adminToken: z.string(),
});

/** What the load needs to know about a running stack. */
export type StackFile = z.infer<typeof schema>;

/** Where a stack keeps its files: `SLUICE_HOME`, by default `.sluice` in the checkout. */
export function stackHome(root: string): string {
  return resolve(root, process.env['SLUICE_HOME'] ?? '.sluice');
}

/** The stack that runs now, or `undefined`: no file, or one whose order service doesn't answer any more. */
export async function runningStack(root: string): Promise<StackFile | undefined> {
  const path = join(stackHome(root), 'stack.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${path} can't be read: ${z.prettifyError(parsed.error)}`);
  return (await isAlive(parsed.data.services.order.url)) ? parsed.data : undefined;
}

/** A stack that was killed leaves its file behind for a moment. */
async function isAlive(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/livez`, { signal: AbortSignal.timeout(5_000) });
    return true;
  } catch {
    return false;
  }
}
