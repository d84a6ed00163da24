import { setTimeout as sleep } from 'node:timers/promises';
import { sendToBench } from '../parent.ts';

/** What a side reports: that the measured part begins, and its figures when it ends. */
export type WindowReport = { kind: 'begin' } | { kind: 'end'; items: number; ms: number; cpuMicros: number };

export type Report = (report: WindowReport) => void;

/** Begins the measured part. The returned function ends it, and is called with the number of items. */
function openWindow(report: Report): (items: number) => void {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  report({ kind: 'begin' });
  return (items) => {
    const ms = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    report({ kind: 'end', items, ms, cpuMicros: user + system });
  };
}

export interface LoopOptions {
  /** Calls of `step` that are under way at a time. */
  callers: number;
  warmUpMs: number;
  measureMs: number;
}

/**
 * Calls `step` in a closed loop and measures the items it returns. The warm-up begins when the first call is done,
 * because many clients connect only then. Rejects with the first failure of a step.
 */
export async function measureLoop(
  { callers, warmUpMs, measureMs }: LoopOptions,
  step: () => Promise<number>,
  report: Report = sendToBench,
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
  const close = openWindow(report);
  await Promise.race([work, sleep(measureMs)]);
  close(items - before);
  isOver = true;
  await work;
}

export interface ArrivalOptions {
  /** Items that will come; the window ends with the last of them at the latest. */
  total: number;
  /** The window begins when this many have come, or `warmUpMs` after the first one. */
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
      this.#close = openWindow(sendToBench);
      setTimeout(() => this.#end(), measureMs).unref();
    } else if (this.#count >= total) this.#end();
  }

  #end(): void {
    this.#close?.(this.#count - this.#before);
    this.#close = () => undefined;
    this.#finished.resolve();
  }
}
