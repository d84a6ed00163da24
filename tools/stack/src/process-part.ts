import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { memoryOfTree, processTree, send } from '@sluice/kit/process-info';
import { within } from '@sluice/kit/wait';
import { plainEnvironment } from './environment.ts';
import { guardProcess } from './guard/guard.ts';
import { lastLines } from './log-tail.ts';
import type { Handle, Part, PartSignal } from './part.ts';

export interface ProcessPartOptions {
  name: string;
  command: string;
  args: string[];
  /** Added to this process's environment, from which everything that npm put there is left out. */
  env?: NodeJS.ProcessEnv;
  /** Default: the current folder. */
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Standard output and error are appended here; its folder is made. */
  logFile: string;
  /** Asks the process to end in good order. Default: SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** Sent by the guard before SIGKILL when the stack itself was killed. Default: SIGKILL at once. */
  guardSignal?: NodeJS.Signals;
  /** Resolves when the process is ready. `signal` is aborted when it is no longer waited for. */
  ready: (pid: number, signal: AbortSignal) => Promise<void>;
  readyTimeoutMs: number;
}

interface Run {
  child: ChildProcess;
  pid: number;
  ended: Promise<string>;
  isReady: boolean;
  isStopping: boolean;
}

const AFTER_KILL_MS = 5_000;
const LOG_LINES_SHOWN = 5;

/** A part that is one process in a session of its own, with a log file, and with everything it starts in turn. */
export class ProcessPart implements Part {
  readonly name: string;
  readonly #options: ProcessPartOptions;
  readonly #listeners: ((reason: string) => void)[] = [];
  #run: Run | undefined;

  constructor(options: ProcessPartOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get handle(): Handle | undefined {
    return this.#run && { pid: this.#run.pid };
  }

  async start(): Promise<void> {
    if (this.#run !== undefined) {
      throw new Error(`${this.name} runs already (pid ${this.#run.pid}).`);
    }
    const run = await this.#spawn();
    const aborter = new AbortController();
    const { readyTimeoutMs } = this.#options;
    try {
      const ready = this.#options.ready(run.pid, aborter.signal).then(() => undefined);
      const endedEarly = run.ended.then((reason) => Promise.reject(new Error(reason)));
      await within(
        readyTimeoutMs,
        `it was not ready after ${readyTimeoutMs / 1000} s`,
        Promise.race([ready, endedEarly]),
      );
    } catch (error) {
      await this.#kill(run);
      throw this.#explain('did not start', error);
    } finally {
      aborter.abort();
    }
    run.isReady = true;
  }

  async stop(graceMs: number): Promise<void> {
    const run = this.#run;
    if (run === undefined) {
      return;
    }
    if (!run.isStopping) {
      run.isStopping = true;
      send(run.pid, this.#options.stopSignal ?? 'SIGTERM');
      await this.#signalAll(run, 'SIGCONT'); // A frozen process can't end in good order.
    }
    await within(graceMs, 'still there', run.ended).catch(() => this.#kill(run));
  }

  async signal(signal: PartSignal): Promise<void> {
    if (this.#run === undefined) {
      throw new Error(`${this.name} does not run.`);
    }
    await this.#signalAll(this.#run, signal);
  }

  onExit(listener: (reason: string) => void): void {
    this.#listeners.push(listener);
  }

  async memoryBytes(): Promise<number> {
    return this.#run === undefined ? 0 : memoryOfTree(this.#run.pid);
  }

  async #spawn(): Promise<Run> {
    const { command, args, env, cwd, uid, gid, logFile } = this.#options;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const stdio: ['ignore', number, number] = ['ignore', log, log];
    const child = spawn(command, args, {
      cwd,
      uid,
      gid,
      stdio,
      detached: true,
      env: { ...plainEnvironment(), ...env },
    });
    closeSync(log);
    const release = child.pid === undefined ? () => undefined : guardProcess(child.pid, this.#options.guardSignal);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`${command} can't be run: ${error.message}`));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`),
      );
    });
    if (child.pid === undefined) {
      throw this.#explain('did not start', new Error(await ended));
    }
    const run: Run = { child, pid: child.pid, ended, isReady: false, isStopping: false };
    this.#run = run;
    void ended.then((reason) => this.#onEnd(run, reason, release));
    return run;
  }

  #onEnd(run: Run, reason: string, release: () => void): void {
    send(-run.pid, 'SIGKILL'); // What it started must not hold its ports.
    release();
    this.#run = undefined;
    if (run.isReady && !run.isStopping) {
      this.#listeners.forEach((listener) => listener(reason));
    }
  }

  async #kill(run: Run): Promise<void> {
    run.isStopping = true;
    await this.#signalAll(run, 'SIGKILL');
    await within(AFTER_KILL_MS, `${this.name} (pid ${run.pid}) does not end, not even by SIGKILL`, run.ended);
  }

  // Children may have sessions of their own, so the process group alone doesn't reach them.
  async #signalAll(run: Run, signal: NodeJS.Signals): Promise<void> {
    const members = await processTree(run.pid);
    if (this.#run === run) {
      members.forEach((pid) => send(pid, signal));
    }
  }

  #explain(what: string, cause: unknown): Error {
    const { logFile } = this.#options;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const lines = [`${this.name} ${what}: ${reason}.`, lastLines(logFile, LOG_LINES_SHOWN), `Log: ${logFile}`];
    return new Error(lines.filter(Boolean).join('\n'));
  }
}
