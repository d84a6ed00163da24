import { cpus } from 'node:os';

/** The kernel counts in ticks of up to 10 ms: a shorter look would be guesswork. */
const lookMs = 100;

/** Milliseconds since the machine's start, all processors together. */
export interface ProcessorTime {
  idle: number;
  all: number;
}

/**
 * How busy this machine's processors are, whichever process it is that keeps them so. In a container it is the host's
 * figure, whatever the container's own limit is.
 */
export class Processors {
  #since: ProcessorTime;
  #sinceAt = -Infinity;
  #busy = 0;

  constructor(private readonly read: () => ProcessorTime = readProcessorTime) {
    this.#since = read();
  }

  /** Share of their time that was used since the last look, which was 100 ms ago or earlier; from 0 to 1. */
  busyShare(now = performance.now()): number {
    if (now - this.#sinceAt < lookMs) return this.#busy;
    const time = this.read();
    const all = time.all - this.#since.all;
    if (all > 0) this.#busy = 1 - (time.idle - this.#since.idle) / all;
    this.#since = time;
    this.#sinceAt = now;
    return this.#busy;
  }
}

function readProcessorTime(): ProcessorTime {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  return { idle, all: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}
