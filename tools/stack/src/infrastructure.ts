import { allOrFirstFailure } from './backends/all-or-first-failure.ts';
import type { Infrastructure, InfrastructureOptions } from './backends/backend.ts';
import { chooseBackend } from './backends/choose.ts';
import type { Report } from './part.ts';
import { scratchFolder } from './scratch-folder.ts';

const GRACE_MS = 5_000;

/**
 * Starts one Kafka and one PostgreSQL of the caller's own, with throwaway data; the guard ends them when the caller is
 * killed. Rejects with one line for people when this machine can't run them; nothing is left.
 */
export async function startInfrastructure(
  report: Report,
  options: InfrastructureOptions = {},
): Promise<Infrastructure & AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const logs = await scratchFolder(cleanup);
  const prepare = await chooseBackend(options.infra);
  const { signal } = new AbortController();
  const infrastructure = await prepare({ ...options, logs, signal, cleanup, report });
  const { parts } = infrastructure;
  cleanup.defer(async () => void (await allOrFirstFailure(...parts.map((part) => part.stop(GRACE_MS)))));
  await allOrFirstFailure(...parts.map((part) => part.start()));
  const end = cleanup.move();
  return { ...infrastructure, [Symbol.asyncDispose]: () => end.disposeAsync() };
}
