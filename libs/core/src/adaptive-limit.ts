export interface AdaptiveLimitOptions {
  /** Works at a time that are never exceeded, whatever the peer would take. */
  ceiling: number;
  /** Works at a time at first; default 4, at most `ceiling`. */
  initial?: number;
}

/** Works that show whether a limit is right, once all of them have ended. Held by each of them. */
export interface Trial {
  toBegin: number;
  inFlight: number;
}

/** After a refusal as many works succeed before more is tried again, so that fewer than one in a hundred is refused. */
const worksBetweenProbes = 176;
const roundsBetweenProbes = 16;

/**
 * How many works a peer takes at a time, found from what it refuses. The growth is that of BIC-TCP (Xu, Harfoush, Rhee,
 * "Binary Increase Congestion Control for Fast Long-Distance Networks", INFOCOM 2004): it doubles until the first refusal,
 * and then probes beyond the last good value by 1, 2, 4 …, until a probe fails. A lost packet doesn't show how many would
 * have arrived, so TCP searches for that number. A refusal does: the others that are in flight. See docs/adr/0021.
 */
export class AdaptiveLimit {
  readonly #ceiling: number;
  #value: number;
  #lastGood: number;
  /** By how much it grows next. */
  #step: number;
  #inFlight = 0;
  #trial: Trial;

  constructor({ ceiling, initial = 4 }: AdaptiveLimitOptions) {
    this.#ceiling = ceiling;
    this.#value = Math.min(initial, ceiling);
    this.#lastGood = this.#value;
    this.#step = this.#value;
    this.#trial = { toBegin: this.#value, inFlight: 0 };
  }

  get value(): number {
    return this.#value;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get mayBegin(): boolean {
    return this.#inFlight < this.#value;
  }

  /** One more is in flight until `end`, which is passed what this returns. A limit that is not used up is not tried. */
  begin(): Trial | undefined {
    this.#inFlight += 1;
    const trial = this.#trial;
    if (this.#inFlight < this.#value || trial.toBegin === 0) return undefined;
    trial.toBegin -= 1;
    trial.inFlight += 1;
    return trial;
  }

  /** One is no longer in flight. `taken`: the peer took it. */
  end(trial: Trial | undefined, taken: boolean): void {
    this.#inFlight -= 1;
    if (!trial) return;
    trial.inFlight -= 1;
    if (!taken) trial.toBegin += 1;
    if (trial === this.#trial && trial.toBegin + trial.inFlight === 0) this.#grow();
  }

  /** The peer refused one of those in flight, because there are too many. */
  refused(): void {
    this.#fallBackTo(Math.max(1, Math.min(this.#value, this.#inFlight - 1)));
  }

  /** The peer may have refused one for that reason, or for another. That ends a probe, and lowers nothing that was good. */
  mayBeRefused(): void {
    if (this.#value > this.#lastGood) this.#fallBackTo(this.#lastGood);
  }

  #grow(): void {
    this.#lastGood = this.#value;
    if (this.#value === this.#ceiling) return;
    this.#value = Math.min(this.#value + this.#step, this.#ceiling);
    this.#step *= 2;
    this.#trial = { toBegin: this.#value, inFlight: 0 };
  }

  #fallBackTo(value: number): void {
    this.#value = value;
    this.#lastGood = value;
    this.#step = 1;
    this.#trial = { toBegin: Math.max(worksBetweenProbes, roundsBetweenProbes * value), inFlight: 0 };
  }
}
