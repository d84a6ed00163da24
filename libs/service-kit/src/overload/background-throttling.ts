import { Processors } from './processors.ts';

const slotMs = 200;
/** A shorter peak, such as a garbage collection, is over before throttling helps. */
const shortestPeakMs = 400;

interface Pressure {
  /** Share of the processors' time above which the machine counts as saturated. */
  busyShare: number;
  /** A longer peak is the ordinary load: what was accepted has to be completed all the same. */
  longestMs: number;
  /** What background work may take. */
  recordsPerSecond: number;
}

/** Most requests waited too long. */
const slow: Pressure = { busyShare: 0.85, longestMs: 30_000, recordsPerSecond: 400 };
/**
 * More than a quarter of the requests were shed. Rejections have to be quick, which takes a machine with time to spare;
 * and the rate limit bounds the backlog that grows meanwhile.
 */
const shedding: Pressure = { busyShare: 0.6, longestMs: 120_000, recordsPerSecond: 100 };

/**
 * Background throttling: while requests come faster than the machine can take them, the work that no client waits for
 * (publishing the outbox, consuming) runs at a low rate. The machine is saturated when, for at least 400 ms, most
 * requests waited longer than the latency threshold or many were shed, and its processors are busy. See docs/adr/0011.
 */
export class BackgroundThrottling {
  readonly #latencyThresholdMs: number;
  readonly #processors: Pick<Processors, 'busyShare'>;
  #slot = { accepted: 0, late: 0, shed: 0 };
  #slotBeganAt = -Infinity;
  /** Of the last full slot. */
  #pressure: Pressure | undefined;
  #peakBeganAt = 0;

  constructor(latencyThresholdMs: number, processors: Pick<Processors, 'busyShare'> = new Processors()) {
    this.#latencyThresholdMs = latencyThresholdMs;
    this.#processors = processors;
  }

  /** Requests were accepted after `waitMs`: committed, or acknowledged by Kafka. */
  accepted(requests: number, waitMs: number, now = performance.now()): void {
    this.#advance(now);
    this.#slot.accepted += requests;
    if (waitMs > this.#latencyThresholdMs) this.#slot.late += requests;
  }

  /** A request was rejected because more came than the rate limit allows. */
  shed(now = performance.now()): void {
    this.#advance(now);
    this.#slot.shed += 1;
  }

  /** The limit of background work, or undefined for none. */
  recordsPerSecond(now = performance.now()): number | undefined {
    // Read on every call, so that the first reading of a peak does not look back far.
    const busyShare = this.#processors.busyShare(now);
    this.#advance(now);
    const pressure = this.#pressure;
    if (!pressure || busyShare <= pressure.busyShare) return undefined;
    const ageMs = now - this.#peakBeganAt;
    return ageMs >= shortestPeakMs && ageMs < pressure.longestMs ? pressure.recordsPerSecond : undefined;
  }

  /** A slot without pressure ends the peak. */
  #advance(now: number): void {
    const ageMs = now - this.#slotBeganAt;
    if (ageMs < slotMs) return;
    const pressure = ageMs < 2 * slotMs ? this.#pressureOfSlot() : undefined;
    if (!this.#pressure) this.#peakBeganAt = this.#slotBeganAt;
    this.#pressure = pressure;
    this.#slot = { accepted: 0, late: 0, shed: 0 };
    this.#slotBeganAt = now;
  }

  #pressureOfSlot(): Pressure | undefined {
    const { accepted, late, shed } = this.#slot;
    if (3 * shed > accepted) return shedding;
    return 2 * late > accepted ? slow : undefined;
  }
}
