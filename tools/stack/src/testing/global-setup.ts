import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allOrFirstFailure } from '../backends/all-or-first-failure.ts';
import { chooseBackend } from '../backends/choose.ts';
import { guard } from '../guard/guard.ts';
import type { Part } from '../part.ts';

const GRACE_MS = 5_000;

/**
 * For Vitest: one Kafka and one PostgreSQL for all integration tests of a run, their addresses in `KAFKA_BROKERS` and
 * `DATABASE_URL` (a superuser's), unless both are set already. The guard ends them when Vitest is killed.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['KAFKA_BROKERS'] && process.env['DATABASE_URL']) {
    return undefined;
  }
  const logs = await mkdtemp(join(tmpdir(), 'sluice-int-logs-'));
  const release = guard({ kind: 'path', path: logs });
  const backend = await chooseBackend({ fixedPorts: false, proxies: false, logs });
  let parts: Part[] = [];
  const tearDown = async (): Promise<void> => {
    await allOrFirstFailure(...parts.map((part) => part.stop(GRACE_MS)));
    await backend.close();
    await rm(logs, { recursive: true, force: true });
    release();
  };
  try {
    await backend.prepare((line) => process.stderr.write(`${line}\n`));
    parts = backend.parts();
    await allOrFirstFailure(...parts.map((part) => part.start()));
  } catch (error) {
    await tearDown();
    throw error;
  }
  process.env['KAFKA_BROKERS'] = backend.kafka.bootstrap;
  process.env['DATABASE_URL'] = backend.serverUrl;
  return tearDown;
}
