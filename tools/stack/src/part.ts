import { errorOf, messageOf, withTimeout } from '@sluice/core';
import { lastLines } from './log-tail.ts';

/** What a part is, seen from the operating system: a process of this machine or a container of its Docker engine. */
export type Handle = { pid: number } | { container: string };

/** Takes one line for the terminal about what goes on. */
export type Report = (line: string) => void;

export type PartSignal = 'SIGSTOP' | 'SIGCONT' | 'SIGKILL';

/** One run of a part, from its launch to its end. */
export interface Run {
  handle: Handle;
  /** Why it ended, for people. Never rejects. */
  ended: Promise<string>;
  /** Asks it to end and kills it after `graceMs`; called again with less, that counts. */
  stop(graceMs: number): Promise<void>;
  signal(signal: PartSignal): Promise<void>;
  memoryBytes(): Promise<number>;
}

export interface PartOptions {
  /** Unique in the stack, e.g. `kafka-1`, `postgres`, `mail`, `order`. */
  name: string;
  /** What the part writes is appended here. */
  logFile: string;
  /**
   * Resolves when the part is ready. `signal` is aborted when it is no longer waited for: rejects then with the reason why
   * the part was not ready, as `until` does.
   */
  ready: (signal: AbortSignal) => Promise<unknown>;
  readyTimeoutMs: number;
}

const LOG_LINES_SHOWN = 5;
// Of a probe that is aborted: what it has to say, it knows.
const LAST_ANSWER_MS = 1_000;

/** One thing the stack runs: a broker, the database, the mail sink, a service, a fault proxy. */
export class Part {
  readonly name: string;
  readonly #options: PartOptions;
  readonly #launch: () => Promise<Run>;
  readonly #listeners: ((reason: string) => void)[] = [];
  #run: Run | undefined;
  #isReady = false;
  #isStopping = false;

  constructor(options: PartOptions, launch: () => Promise<Run>) {
    this.name = options.name;
    this.#options = options;
    this.#launch = launch;
  }

  /** `undefined` while the part doesn't run. */
  get handle(): Handle | undefined {
    return this.#run?.handle;
  }

  /**
   * Resolves when the part is ready and rejects with a message for people when it can't become so; nothing of it
   * runs then. May be called again after the part ended: same ports, same data.
   */
  async start(): Promise<void> {
    if (this.#run !== undefined) {
      throw new Error(`${this.name} runs already (${Object.entries(this.#run.handle).join(' ')}).`);
    }
    const aborter = new AbortController();
    this.#isReady = this.#isStopping = false;
    try {
      const run = (this.#run = await this.#launch());
      void run.ended.then((reason) => this.#onEnd(reason));
      await this.#becomeReady(run, aborter);
      this.#isReady = true;
    } catch (error) {
      await this.stop(0);
      throw this.#explain(error);
    } finally {
      aborter.abort();
    }
  }

  /** Asks the part to end and kills it after `graceMs`. Resolves when it's gone, at once when it doesn't run. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#run?.stop(graceMs);
  }

  /** Freezes, thaws or kills the part from outside. A part killed this way counts as one that died by itself. */
  async signal(signal: PartSignal): Promise<void> {
    if (this.#run === undefined) throw new Error(`${this.name} does not run.`);
    await this.#run.signal(signal);
  }

  /** Calls `listener` each time the part ends, after it was ready, without `stop` having been called. */
  onExit(listener: (reason: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Memory of the part and all its children in bytes (PSS where the system has it, else RSS); 0 while it doesn't run. */
  async memoryBytes(): Promise<number> {
    return (await this.#run?.memoryBytes()) ?? 0;
  }

  /** Rejects with the last answer of the probe when it takes too long, and with the part's end when that comes first. */
  async #becomeReady(run: Run, aborter: AbortController): Promise<void> {
    const { ready, readyTimeoutMs } = this.#options;
    const probe = ready(aborter.signal);
    const endedEarly = run.ended.then((reason) => Promise.reject(new Error(reason)));
    const late = new Error(`to become ready took longer than ${readyTimeoutMs} ms`);
    try {
      await withTimeout(Promise.race([probe, endedEarly]), readyTimeoutMs, () => late);
    } catch (error) {
      if (error === late) {
        aborter.abort(new Error('its probe said nothing'));
        const tooLate = (): Error => new Error('it is ready now');
        late.cause = await withTimeout(probe, LAST_ANSWER_MS, 'its probe').then(tooLate, errorOf);
        late.message += `; at last: ${messageOf(late.cause)}`;
      }
      throw error;
    }
  }

  #onEnd(reason: string): void {
    this.#run = undefined;
    if (this.#isReady && !this.#isStopping) this.#listeners.forEach((listener) => listener(reason));
  }

  #explain(cause: unknown): Error {
    const { logFile } = this.#options;
    const reason = `${this.name} did not start: ${messageOf(cause)}.`;
    const lines = [reason, lastLines(logFile, LOG_LINES_SHOWN), `Log: ${logFile}`];
    return new Error(lines.filter(Boolean).join('\n'), { cause });
  }
}

/** The pid of a part that must be a running process. */
export function pidOf(name: string, handle: Handle | undefined): number {
  if (handle === undefined || !('pid' in handle)) throw new Error(`${name} is not a running process.`);
  return handle.pid;
}
