/** Measures for how long a member that lost its partitions fetches nothing. The time before its first join is no pause. */
export class RebalanceClock {
  #isFetching = false;
  #stoppedAt: number | undefined;

  stopped(): void {
    if (!this.#isFetching) return;
    this.#isFetching = false;
    this.#stoppedAt = performance.now();
  }

  /** Seconds since it stopped; undefined when it did not. */
  fetches(): number | undefined {
    this.#isFetching = true;
    const pause = this.#stoppedAt === undefined ? undefined : (performance.now() - this.#stoppedAt) / 1_000;
    this.#stoppedAt = undefined;
    return pause;
  }
}
