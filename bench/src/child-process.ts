import { join } from 'node:path';
import { workspaceRoot } from '@sluice/kit/workspace';
import { endOf, partEnvironment, spawnGuarded } from '@sluice/stack/tools';

export interface ChildOptions<Message> {
  /** Kills the program. */
  signal: AbortSignal;
  onMessage?: (message: Message) => void;
  /** Where it leaves a CPU profile; default: none is made. */
  cpuProf?: string | undefined;
}

const keptChars = 2_000;
const longestRunMs = 300_000;

/**
 * Runs a program, a path below `src`, to its end in a process of its own, with a fresh compiler. It gets `input` as a
 * message. Rejects with the end of its output when it fails.
 */
export async function runChild<Message>(
  program: string,
  input: object,
  { signal, onMessage, cpuProf }: ChildOptions<Message>,
): Promise<void> {
  signal.throwIfAborted();
  // Without the condition that leads to sources: what is measured is what was built.
  const flags = cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`];
  const run = spawnGuarded(process.execPath, [...flags, join(import.meta.dirname, program)], {
    cwd: workspaceRoot,
    env: { ...partEnvironment(), NODE_ENV: 'production', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { child } = run;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-keptChars)));
  }
  child.on('message', (message) => onMessage?.(message as Message));
  child.send(input);
  await endOf(run, signal, longestRunMs).catch((cause: Error) => {
    signal.throwIfAborted();
    throw new Error(`${program}: ${cause.message}\n${output.trim()}`, { cause });
  });
}
