import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const script = join(import.meta.dirname, 'consumer-process.ts');

/** One consumer process after the other, each of which may be killed: what an orchestrator would keep running. */
export class Member {
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;

  constructor(env: Record<string, string>) {
    this.#env = { ...process.env, ...env };
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Resolves when the member has joined, or has ended before that: a failpoint may lie on the way. */
  async start(failpoint?: string): Promise<void> {
    const env = { ...this.#env, ...(failpoint && { FAILPOINT: failpoint }) };
    const child = fork(script, { env, execArgv: ['--no-warnings'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<NodeJS.Signals | null> {
    const child = this.#child;
    if (child && this.isRunning) await once(child, 'exit');
    return child?.signalCode ?? null;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    await this.ended();
  }
}
