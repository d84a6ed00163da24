import { randomBytes } from 'node:crypto';
import { within } from '@sluice/kit/wait';
import type { Container } from 'dockerode';
import { guard } from '../guard/guard.ts';
import { lastLines } from '../log-tail.ts';
import type { Handle, Part, PartSignal } from '../part.ts';
import { followLogs } from './container-logs.ts';
import { type ContainerOptions, createContainer, removeContainer } from './containers.ts';

export interface ContainerPartOptions extends Omit<ContainerOptions, 'containerName'> {
  /** Of the part. */
  name: string;
  /** What the container writes is appended here. */
  logFile: string;
  /** Resolves when the container is ready. `signal` is aborted when it is no longer waited for. */
  ready: (signal: AbortSignal) => Promise<void>;
  readyTimeoutMs: number;
}

interface Run {
  ended: Promise<string>;
  isReady: boolean;
  isStopping: boolean;
}

const ENGINE_TIMEOUT_MS = 10_000;
const LOG_LINES_SHOWN = 5;

/** A part that is one container. It keeps its data while it is stopped; only `remove` takes it away. */
export class ContainerPart implements Part {
  readonly name: string;
  readonly #options: ContainerPartOptions;
  readonly #containerName: string;
  readonly #listeners: ((reason: string) => void)[] = [];
  #container: Container | undefined;
  #release: () => void = () => undefined;
  #run: Run | undefined;
  #isFrozen = false;

  constructor(options: ContainerPartOptions) {
    this.name = options.name;
    this.#options = options;
    this.#containerName = `sluice-${randomBytes(4).toString('hex')}-${options.name}`;
  }

  get handle(): Handle | undefined {
    return this.#run && this.#container && { container: this.#container.id };
  }

  async start(): Promise<void> {
    if (this.#run !== undefined) {
      throw new Error(`${this.name} runs already (container ${this.#containerName}).`);
    }
    const { ready, readyTimeoutMs } = this.#options;
    const aborter = new AbortController();
    try {
      const run = await this.#launch();
      const endedEarly = run.ended.then((reason) => Promise.reject(new Error(reason)));
      const first = Promise.race([ready(aborter.signal), endedEarly]);
      await within(readyTimeoutMs, `it was not ready after ${readyTimeoutMs / 1000} s`, first);
      run.isReady = true;
    } catch (error) {
      await this.stop(0);
      throw this.#explain(error);
    } finally {
      aborter.abort();
    }
  }

  async stop(graceMs: number): Promise<void> {
    const run = this.#run;
    if (run === undefined || this.#container === undefined) {
      return;
    }
    run.isStopping = true;
    await this.#thaw();
    const stopped = this.#container.stop({ t: Math.ceil(graceMs / 1_000) }).catch(ignoreEnded);
    await within(graceMs + ENGINE_TIMEOUT_MS, `${this.name} does not stop`, Promise.all([stopped, run.ended]));
  }

  async signal(signal: PartSignal): Promise<void> {
    if (this.#run === undefined || this.#container === undefined) {
      throw new Error(`${this.name} does not run.`);
    }
    if (signal === 'SIGSTOP' && !this.#isFrozen) {
      await this.#container.pause();
      this.#isFrozen = true;
    } else if (signal === 'SIGCONT') {
      await this.#thaw();
    } else if (signal === 'SIGKILL') {
      await this.#container.kill({ signal });
      await this.#thaw().catch(ignoreEnded); // The signal waits in a frozen container.
    }
  }

  onExit(listener: (reason: string) => void): void {
    this.#listeners.push(listener);
  }

  async memoryBytes(): Promise<number> {
    if (this.#run === undefined || this.#container === undefined) {
      return 0;
    }
    const { memory_stats: memory } = await this.#container.stats({ stream: false, 'one-shot': true });
    const files = memory.stats?.inactive_file ?? 0; // What the system would give back for the asking.
    return Math.max(0, (memory.usage ?? 0) - files);
  }

  /** Takes the container and its data away, running or not. */
  async remove(): Promise<void> {
    if (this.#run !== undefined) {
      this.#run.isStopping = true;
    }
    await removeContainer(this.#containerName);
    this.#container = undefined;
    this.#release();
  }

  // Guarded by its name and before it exists: a stack killed in between leaves nothing either.
  async #launch(): Promise<Run> {
    const since = Math.floor(Date.now() / 1_000);
    if (this.#container === undefined) {
      this.#release();
      this.#release = guard({ kind: 'container', id: this.#containerName });
      this.#container = await createContainer({ ...this.#options, containerName: this.#containerName });
    } else {
      await this.#container.start();
    }
    const container = this.#container;
    const ended = container.wait().then(
      ({ StatusCode: code }: { StatusCode: number }) => `it ended with ${code}`,
      (error: unknown) => `its container is lost: ${String(error)}`,
    );
    const run: Run = { ended, isReady: false, isStopping: false };
    this.#run = run;
    this.#isFrozen = false;
    void ended.then((reason) => this.#onEnd(run, reason));
    await followLogs(container, since, this.#options.logFile);
    return run;
  }

  #onEnd(run: Run, reason: string): void {
    this.#run = undefined;
    if (run.isReady && !run.isStopping) {
      this.#listeners.forEach((listener) => listener(reason));
    }
  }

  async #thaw(): Promise<void> {
    if (this.#isFrozen) {
      this.#isFrozen = false;
      await this.#container?.unpause();
    }
  }

  #explain(cause: unknown): Error {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const { logFile } = this.#options;
    const lines = [`${this.name} did not start: ${reason}.`, lastLines(logFile, LOG_LINES_SHOWN), `Log: ${logFile}`];
    return new Error(lines.filter(Boolean).join('\n'), { cause });
  }
}

// 304: it has stopped already; 409: it isn't running or paused any more; 404: it's gone.
function ignoreEnded(error: Error & { statusCode?: number }): void {
  if (![304, 404, 409].includes(error.statusCode ?? 0)) {
    throw error;
  }
}
