import { fork } from 'node:child_process';
import { join } from 'node:path';
import { guardProcess, plainEnvironment, send, workspaceRoot } from '@sluice/stack/tools';

export interface ChildOptions<Message> {
  /** Kills the program. */
  signal: AbortSignal;
  onMessage?: (message: Message) => void;
  /** Where it leaves a CPU profile; default: none is made. */
  cpuProfDir?: string | undefined;
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
  { signal, onMessage, cpuProfDir }: ChildOptions<Message>,
): Promise<void> {
  signal.throwIfAborted();
  const end = AbortSignal.any([signal, AbortSignal.timeout(longestRunMs)]);
  const child = fork(join(import.meta.dirname, program), {
    cwd: workspaceRoot,
    // Without the condition that leads to sources: what is measured is what was built.
    execArgv: cpuProfDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfDir}`],
    env: { ...plainEnvironment(), NODE_ENV: 'production', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { pid } = child;
  const release = pid === undefined ? () => undefined : guardProcess(pid);
  const kill = (): void => void (pid !== undefined && send(pid, 'SIGKILL'));
  end.addEventListener('abort', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-keptChars)));
  }
  child.on('message', (message) => onMessage?.(message as Message));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      // Unlike 'exit' it comes after the last message.
      child.once('close', resolve);
      child.send(input);
    });
    signal.throwIfAborted();
    if (end.aborted) throw new Error(`${program} was not done in ${longestRunMs / 60_000} minutes\n${output.trim()}`);
    if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}\n${output.trim()}`);
  } finally {
    end.removeEventListener('abort', kill);
    release();
  }
}
