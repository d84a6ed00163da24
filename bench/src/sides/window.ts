import { sendToBench } from '../parent.ts';

/** What a side reports: that the measured part begins, and its figures when it ends. */
export type WindowReport = { kind: 'begin' } | { kind: 'end'; items: number; ms: number; cpuMicros: number };

export interface WindowOptions {
  /** The warm-up begins with the first item, because many clients connect only then. */
  warmUpMs: number;
  measureMs: number;
  /** The warm-up ends at the latest when this many have come; default: by time alone. */
  warmUpItems?: number;
  /** The window ends at the latest when this many have come; default: by time alone. */
  total?: number;
}

/** Measures how many items there are in the time after a warm-up. Never rejects. */
export class Window {
  readonly #options: WindowOptions;
  readonly #report: (report: WindowReport) => void;
  readonly #finished = Promise.withResolvers<void>();
  #items = 0;
  #begin: { items: number; at: number; cpu: NodeJS.CpuUsage } | undefined;
  #isOver = false;

  constructor(options: WindowOptions, report: (report: WindowReport) => void = sendToBench) {
    this.#options = options;
    this.#report = report;
  }

  /** Resolves when the measured part is over. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  add(items: number): void {
    const { warmUpMs, warmUpItems = Infinity, total = Infinity } = this.#options;
    if (this.#items === 0) setTimeout(() => this.#open(), warmUpMs);
    this.#items += items;
    if (this.#items >= warmUpItems) this.#open();
    if (this.#items >= total) this.#close();
  }

  #open(): void {
    if (this.#begin || this.#isOver) return;
    this.#begin = { items: this.#items, at: performance.now(), cpu: process.cpuUsage() };
    this.#report({ kind: 'begin' });
    setTimeout(() => this.#close(), this.#options.measureMs);
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#begin) {
      const { items, at, cpu } = this.#begin;
      const ms = performance.now() - at;
      const { user, system } = process.cpuUsage(cpu);
      this.#report({ kind: 'end', items: this.#items - items, ms, cpuMicros: user + system });
    }
    this.#finished.resolve();
  }
}

/** Calls `step`, each of `callers` one at a time, until the window is over. Rejects with the first failure of a step. */
export async function measureLoop(window: Window, callers: number, step: () => Promise<number>): Promise<void> {
  window.add(await step());
  const caller = async (): Promise<void> => {
    while (!window.isOver) window.add(await step());
  };
  await Promise.all(Array.from({ length: callers }, caller));
}
