import { backoffMs, messageOf } from '@sluice/core';
import type { Handle, Part, PartSignal } from './part.ts';

/** `waiting`: it died and is started again in a moment. `frozen`: stopped by SIGSTOP. */
export type PartState = 'stopped' | 'starting' | 'running' | 'frozen' | 'waiting' | 'stopping';

export interface PartStatus {
  name: string;
  state: PartState;
  handle?: Handle;
  /** Where the part answers; more than one are separated by blanks. */
  url?: string;
  /** ISO 8601, of the last start. */
  startedAt?: string;
  /** How often it was started again after it had died. */
  restarts: number;
  memoryBytes: number;
}

export interface SupervisionOptions {
  url?: string;
  /** One line for the terminal. */
  report: (line: string) => void;
  /** Called after each start, because the pid may have changed. */
  onStarted: () => void;
  backoff?: (failures: number) => number;
}

// A part that ran this long has recovered: the next backoff starts from the beginning.
const STABLE_AFTER_MS = 30_000;
const defaultBackoff = (failures: number): number => backoffMs(failures, { initialMs: 1_000, maxMs: 10_000 });

/** A part that is started again, with growing pauses, when it dies, as an orchestrator would. */
export class SupervisedPart {
  readonly name: string;
  readonly #part: Part;
  readonly #options: SupervisionOptions;
  #state: PartState = 'stopped';
  #startedAt: number | undefined;
  #restarts = 0;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #stops = 0;

  constructor(part: Part, options: SupervisionOptions) {
    this.name = part.name;
    this.#part = part;
    this.#options = options;
    part.onExit((reason) => this.#onDeath(reason));
  }

  get state(): PartState {
    return this.#state;
  }

  /** Rejects when the part doesn't become ready. One that has run before is then tried again, as after a death. */
  async start(): Promise<void> {
    if (this.#state !== 'stopped' && this.#state !== 'waiting') {
      throw new Error(`${this.name} is ${this.#state} already.`);
    }
    clearTimeout(this.#retry);
    this.#failures = 0;
    try {
      await this.#launch();
    } catch (error) {
      if (this.#startedAt === undefined) this.#becomes('stopped', 'starting');
      else if (this.state === 'starting') this.#startAgainLater(messageOf(error));
      throw error;
    }
  }

  /** Stays stopped until `start` is called. A second call with less grace shortens the first. */
  async stop(graceMs: number): Promise<void> {
    clearTimeout(this.#retry);
    this.#stops += 1;
    this.#state = 'stopping';
    await this.#part.stop(graceMs);
    this.#becomes('stopped', 'stopping');
  }

  async restart(graceMs: number): Promise<void> {
    await this.stop(graceMs);
    await this.start();
  }

  async signal(signal: PartSignal): Promise<void> {
    await this.#part.signal(signal);
    if (signal === 'SIGSTOP') {
      this.#becomes('frozen', 'running');
    } else if (signal === 'SIGCONT') {
      this.#becomes('running', 'frozen');
    }
  }

  async status(): Promise<PartStatus> {
    return {
      name: this.name,
      state: this.#state,
      handle: this.#part.handle,
      url: this.#options.url,
      startedAt: this.#startedAt === undefined ? undefined : new Date(this.#startedAt).toISOString(),
      restarts: this.#restarts,
      memoryBytes: await this.#part.memoryBytes().catch(() => 0), // It may end while it's asked.
    };
  }

  async #launch(): Promise<void> {
    this.#state = 'starting';
    await this.#part.start();
    this.#becomes('running', 'starting');
    this.#startedAt = Date.now();
    this.#options.onStarted();
  }

  #onDeath(reason: string): void {
    if (this.#state !== 'running' && this.#state !== 'frozen') {
      return; // It is being stopped.
    }
    const wasStable = Date.now() - (this.#startedAt ?? 0) > STABLE_AFTER_MS;
    this.#failures = wasStable ? 0 : this.#failures;
    this.#startAgainLater(`${this.name} died: ${reason}`);
  }

  #startAgainLater(news: string): void {
    this.#state = 'waiting';
    this.#failures += 1;
    const delayMs = Math.round((this.#options.backoff ?? defaultBackoff)(this.#failures));
    this.#options.report(`${news}; starting it again in ${delayMs / 1000} s`);
    this.#retry = setTimeout(() => void this.#startAgain(), delayMs);
  }

  async #startAgain(): Promise<void> {
    this.#restarts += 1;
    const stops = this.#stops;
    try {
      await this.#launch();
      this.#options.report(`${this.name} has recovered`);
    } catch (error) {
      if (this.#stops === stops) this.#startAgainLater(messageOf(error));
    }
  }

  // Only from where the caller believes to be: a stop may have come in between.
  #becomes(next: PartState, from: PartState): void {
    if (this.#state === from) this.#state = next;
  }
}
