import { setTimeout as sleep } from 'node:timers/promises';

/** What a side tells the bench: when the measured part begins, and what it was when it ends. */
export type WindowReport = { kind: 'begin' } | { kind: 'end'; items: number; ms: number; cpuMicros: number };

export type Tell = (report: WindowReport) => void;

const tellBench: Tell = (report) => process.send?.(report);

/** Begins the measured part and answers with its end, which is told how many items there were. */
export function openWindow(tell: Tell = tellBench): (items: number) => void {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  tell({ kind: 'begin' });
  return (items) => {
    const ms = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    tell({ kind: 'end', items, ms, cpuMicros: user + system });
  };
}

export interface LoopOptions {
  /** So many calls of `step` are under way at a time. */
  callers: number;
  warmUpMs: number;
  measureMs: number;
}

/**
 * Calls `step` in a closed loop and measures the items it answers with. The warm-up begins when the first call is done,
 * because many clients connect only then. Rejects with the first failure of a step.
 */
export async function measureLoop(
  { callers, warmUpMs, measureMs }: LoopOptions,
  step: () => Promise<number>,
  tell?: Tell,
): Promise<void> {
  let items = await step();
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const more = await step();
      items += more;
    }
  };
  const work = Promise.all(Array.from({ length: callers }, caller));
  await Promise.race([work, sleep(warmUpMs)]);
  const before = items;
  const close = openWindow(tell);
  await Promise.race([work, sleep(measureMs)]);
  close(items - before);
  isOver = true;
  await work;
}

export interface ArrivalOptions {
  /** Items that will come; the window ends with the last of them at the latest. */
  total: number;
  /** Begins when so many have come, or `warmUpMs` after the first one. */
  warmUpItems: number;
  warmUpMs: number;
  measureMs: number;
}

/** Measures what arrives by itself. Never rejects. */
export class Arrivals {
  readonly #options: ArrivalOptions;
  readonly #finished = Promise.withResolvers<void>();
  #count = 0;
  #before = 0;
  #firstAt: number | undefined;
  #close: ((items: number) => void) | undefined;

  constructor(options: ArrivalOptions) {
    this.#options = options;
  }

  /** Resolves when the measured part is over. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  add(items: number): void {
    const { total, warmUpItems, warmUpMs, measureMs } = this.#options;
    this.#count += items;
    this.#firstAt ??= performance.now();
    if (!this.#close) {
      if (this.#count < warmUpItems && performance.now() - this.#firstAt < warmUpMs) return;
      this.#before = this.#count;
      this.#close = openWindow();
      setTimeout(() => this.#end(), measureMs).unref();
    } else if (this.#count >= total) this.#end();
  }

  #end(): void {
    this.#close?.(this.#count - this.#before);
    this.#close = () => undefined;
    this.#finished.resolve();
  }
}
