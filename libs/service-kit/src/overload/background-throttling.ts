import { Processors } from './processors.ts';

/** Requests are looked at per slot. */
const slotMs = 200;

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

/** Consecutive slots under pressure. */
interface Peak {
  pressure: Pressure;
  beganAt: number;
  slots: number;
  /** Most requests that were accepted in one slot. */
  height: number;
}

/**
 * Background throttling: while requests come faster than the machine can take them, the work that no client waits for
 * (publishing the outbox, consuming) runs at a low rate. The machine is saturated when, for at least two slots, most
 * requests waited longer than the latency threshold or many were shed, and its processors are busy. See docs/adr/0011.
 */
export class BackgroundThrottling {
  readonly #latencyThresholdMs: number;
  readonly #processors: Pick<Processors, 'busyShare'>;
  #slot = { accepted: 0, late: 0, shed: 0 };
  #slotBeganAt = -Infinity;
  #peak: Peak | undefined;

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
    // A single slot may be a garbage collection, which is over before throttling helps.
    if (!this.#peak || this.#peak.slots < 2) return undefined;
    const { pressure, beganAt } = this.#peak;
    const saturated = busyShare > pressure.busyShare && now - beganAt < pressure.longestMs;
    return saturated ? pressure.recordsPerSecond : undefined;
  }

  #advance(now: number): void {
    const ageMs = now - this.#slotBeganAt;
    if (ageMs < slotMs) return;
    this.#peak = ageMs < 2 * slotMs ? this.#peakWithSlot() : undefined;
    this.#slot = { accepted: 0, late: 0, shed: 0 };
    this.#slotBeganAt = now;
  }

  #peakWithSlot(): Peak | undefined {
    const { accepted, late, shed } = this.#slot;
    const { slots, height, beganAt } = this.#peak ?? { slots: 0, height: 0, beganAt: this.#slotBeganAt };
    // Throttling makes requests quick again: after that the peak lasts until their rate has halved.
    const goesOn = slots >= 2 && 2 * accepted > height;
    const pressure = 3 * shed > accepted ? shedding : 2 * late > accepted || goesOn ? slow : undefined;
    return pressure && { pressure, beganAt, slots: slots + 1, height: Math.max(height, accepted) };
  }
}
