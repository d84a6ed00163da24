import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allOrFirstFailure } from './backends/all-or-first-failure.ts';
import type { BackendOptions, KafkaAddresses, Report } from './backends/backend.ts';
import { chooseBackend } from './backends/choose.ts';
import { guard } from './guard/guard.ts';
import type { Part } from './part.ts';

const GRACE_MS = 5_000;

/** One Kafka and one PostgreSQL of the caller's own, with throwaway data; the guard ends them when the caller is killed. */
export interface Infrastructure extends AsyncDisposable {
  kafka: KafkaAddresses;
  /** The superuser's URL of the PostgreSQL server. */
  serverUrl: string;
  /** `kafka-1` and `postgres`, for their handles. */
  parts: Part[];
}

/** Resolves when both can be used. Rejects with one line for people when this machine can't run them; nothing is left. */
export async function startInfrastructure(
  report: Report,
  options: Pick<BackendOptions, 'longLived'> = {},
): Promise<Infrastructure> {
  const logs = await mkdtemp(join(tmpdir(), 'sluice-infrastructure-logs-'));
  const release = guard({ kind: 'path', path: logs });
  const backend = await chooseBackend({ fixedPorts: false, proxies: false, logs, ...options });
  let parts: Part[] = [];
  const end = async (): Promise<void> => {
    await allOrFirstFailure(...parts.map((part) => part.stop(GRACE_MS)));
    await backend.close();
    await rm(logs, { recursive: true, force: true });
    release();
  };
  try {
    await backend.prepare(report);
    parts = backend.parts();
    await allOrFirstFailure(...parts.map((part) => part.start()));
  } catch (error) {
    await end();
    throw error;
  }
  return { kafka: backend.kafka, serverUrl: backend.serverUrl, parts, [Symbol.asyncDispose]: end };
}
