/** Of the relay's time that reading the whole unsent set may take: a tenth. */
const restPerWork = 9;

/**
 * Where the relay begins to read. The unsent set is what counts, because a transaction that commits late has ids below
 * ones that were sent long ago; but the dead entries of all that was sent lie before it for as long as any transaction
 * of the database is older than they are, and reading past a million of them takes a second. So the whole set is read
 * as often as costs a tenth of the time, which is nearly always, and otherwise only what lies above the last batch: a
 * row that committed late waits that long. See docs/adr/0007.
 */
export class ReadCursor {
  #from = '0';
  #wholeAgainAt = -Infinity;
  #whole = true;

  /** `id >=` of the next read; '0' is the whole set. */
  next(now = performance.now()): string {
    this.#whole = now >= this.#wholeAgainAt;
    return this.#whole ? '0' : this.#from;
  }

  /** After each read: the id of its first row, if it found any, and how long it took in milliseconds. */
  record(firstId: string | undefined, tookMs: number, now = performance.now()): void {
    if (firstId !== undefined && BigInt(firstId) > BigInt(this.#from)) this.#from = firstId;
    if (this.#whole) this.#wholeAgainAt = now + tookMs * restPerWork;
  }

  /** From where it stands, and notes what that cost. */
  async read<Row extends { id: string }>(rows: (from: string) => Promise<Row[]>): Promise<Row[]> {
    const beganAt = performance.now();
    const found = await rows(this.next());
    this.record(found[0]?.id, performance.now() - beganAt);
    return found;
  }
}
