import { AppError, backoffMs, withTimeout, pauseFor } from '@sluice/core';
import type { KafkaDriver, ProducerConnection, RecordMetadata } from '../drivers/port.ts';
import { isRefusal } from '../drivers/translate.ts';
import { sizeOf, type Accumulator, type Entry, type Outcome } from './accumulator.ts';
import { PartitionsGone } from '../drivers/partitions-gone.ts';
import { closedError, unknownOutcome } from './errors.ts';
import { Flushes } from './flushes.ts';
import { notSent, RefusedRecords } from './refused-records.ts';
import { Rerouting } from './rerouting.ts';
import { SenderConnection } from './sender-connection.ts';
import type { SenderOptions } from './sender-options.ts';

/**
 * After a request. `unknown`: nothing may be sent behind its entries; `waits`: they are to be sent again; an error: the
 * broker refused the only one.
 */
type Fate = 'known' | 'unknown' | 'waits' | Error;

/**
 * Kafka's Sender, with `max.in.flight.requests.per.connection` = 1 for all brokers together: it takes from the
 * accumulator whatever fits into a request, and the next request begins when this one is completed. See `Producer`.
 */
export class Sender {
  readonly #accumulator: Accumulator;
  readonly #options: SenderOptions;
  readonly #closing = new AbortController();
  #appended = 0;
  #incomplete = 0;
  readonly #sweeper: NodeJS.Timeout;
  readonly #connection: SenderConnection;
  readonly #rerouting: Rerouting;
  readonly #flushes = new Flushes();
  #isRunning = false;
  #lingering: AbortController | undefined;

  constructor(driver: KafkaDriver, accumulator: Accumulator, options: SenderOptions) {
    this.#accumulator = accumulator;
    this.#options = options;
    this.#connection = new SenderConnection(driver, options, () => accumulator.bytes);
    this.#rerouting = new Rerouting({ ...options, accumulator });
    this.#sweeper = setInterval(() => this.#expire(), Math.min(1_000, options.deliveryTimeoutMs / 4)).unref();
  }

  append(entry: Entry): void {
    entry.sequence = ++this.#appended;
    this.#incomplete += 1;
    this.#accumulator.append(entry);
    if (this.#lingering && this.#isUrgent()) this.#lingering.abort();
    if (!this.#isRunning) void this.#run();
  }

  /** Called when a topic has fewer partitions than before. */
  reroute(topic: string): void {
    for (const [entry, error] of this.#rerouting.move(topic)) this.#fail([entry], error);
  }

  /** Ends lingering: a caller waits for buffer memory. */
  stopLingering(): void {
    this.#lingering?.abort();
  }

  /** Resolves once everything appended before is completed, one way or the other. Ends all lingering until then. */
  async flush(): Promise<void> {
    if (this.#incomplete === 0) return;
    const flushed = this.#flushes.wait(this.#appended, this.#incomplete);
    this.#lingering?.abort();
    return flushed;
  }

  /** Sends what waits for at most `timeoutMs`, fails the rest, disconnects. Never rejects. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing.abort();
    try {
      await withTimeout(this.flush(), timeoutMs, 'sending the last records');
    } catch (error) {
      this.#options.log.warn({ err: error, incomplete: this.#incomplete }, 'records are left unsent');
    }
    clearInterval(this.#sweeper);
    const disconnected = this.#connection.close();
    this.#fail(this.#accumulator.discard(), closedError());
    await disconnected;
  }

  /** Until nothing waits. Never rejects. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    // Lets a caller's loop of `send`s fill the first request.
    await Promise.resolve();
    for (let attempt = 1; !this.#accumulator.isEmpty;) {
      const connection = await this.#connection.open();
      if (connection) {
        attempt = 1;
        await this.#linger();
        await this.#request(connection, this.#accumulator.drain());
      } else {
        await pauseFor(backoffMs(attempt++), this.#closing.signal);
        if (this.#closing.signal.aborted) this.#fail(this.#accumulator.discard(), closedError());
      }
    }
    this.#isRunning = false;
  }

  async #linger(): Promise<void> {
    const { lingerMs } = this.#options;
    if (lingerMs === 0 || this.#isUrgent()) return;
    const waitMs = this.#accumulator.oldestAt + lingerMs - performance.now();
    if (waitMs <= 0 || this.#accumulator.isEmpty) return;
    this.#lingering = new AbortController();
    await pauseFor(waitMs, this.#lingering.signal);
    this.#lingering = undefined;
  }

  #isUrgent(): boolean {
    const isAsked = !this.#flushes.isEmpty || this.#closing.signal.aborted || this.#options.isExhausted();
    return isAsked || this.#accumulator.isFull;
  }

  /** `followers` must not overtake the entries. */
  async #request(
    connection: ProducerConnection,
    entries: readonly Entry[],
    followers: readonly Entry[] = [],
  ): Promise<Fate> {
    const [first] = entries;
    // Everything that waited has expired.
    if (!first) return 'known';
    const { observer, deliveryTimeoutMs, log } = this.#options;
    const startedAt = performance.now();
    const took = (): number => (performance.now() - startedAt) / 1_000;
    const acceptedAt = Math.min(...entries.map((entry) => entry.acceptedAt));
    observer.request(entries.length, sizeOf(entries), (startedAt - acceptedAt) / 1_000);
    let metadata: RecordMetadata[];
    try {
      const call = connection.sendBatch(entries.map(({ record }) => record));
      metadata = await withTimeout(call, deliveryTimeoutMs, 'sending records');
    } catch (error) {
      const isGone = error instanceof PartitionsGone;
      const isRefused = isRefusal(error);
      observer.answer(isRefused || isGone ? 'refused' : 'unknown', entries.length, took());
      if (isGone) return await this.#putBack(entries, followers, error);
      await this.#connection.renew();
      if (isRefused && entries.length > 1) return await this.#oneByOne(entries);
      log.error({ err: error, records: entries.length }, 'records were not acknowledged');
      for (const { record } of entries) this.#options.partitions.expire(record.topic);
      if (isRefused) {
        // What waits with the same key must not overtake it.
        this.#fail(this.#accumulator.takeKeyOf(first), notSent());
        this.#fail([first], error);
        return error;
      }
      this.#fail([...entries, ...this.#accumulator.discard(entries)], unknownOutcome(error));
      return 'unknown';
    }
    observer.answer('acknowledged', entries.length, took());
    const complete = (): void =>
      this.#complete(entries, (_, index) => metadata[index] ?? new Error('the driver answered without metadata'));
    // A request that is full leaves first: the broker need not wait while callers are notified.
    if (this.#accumulator.isFull) setImmediate(complete);
    else complete();
    return 'known';
  }

  /** What was written is completed, the rest waits again: nothing is written twice. */
  async #putBack(
    entries: readonly Entry[],
    followers: readonly Entry[],
    { written }: PartitionsGone,
  ): Promise<'waits'> {
    const outcomes = new Map(entries.map((entry, index) => [entry, written[index]]));
    const rest = entries.filter((entry) => !outcomes.get(entry));
    this.#accumulator.putBack([...rest, ...followers]);
    const done = entries.filter((entry) => outcomes.get(entry));
    if (done.length > 0) this.#complete(done, (entry) => outcomes.get(entry) ?? unknownOutcome('it was not written'));
    for (const topic of new Set(rest.map(({ record }) => record.topic))) {
      await this.#rerouting.recount(topic, this.#closing.signal);
      this.reroute(topic);
    }
    return 'waits';
  }

  /** One bad record spoils a request: finds it, so that its neighbours are not refused with it. */
  async #oneByOne(entries: readonly Entry[]): Promise<Fate> {
    const refused = new RefusedRecords();
    for (const [index, entry] of entries.entries()) {
      const known = refused.outcomeOf(entry);
      if (known) {
        this.#fail([entry], known);
        continue;
      }
      const connection = await this.#connection.open();
      const followers = entries.slice(index + 1);
      const free = followers.filter((follower) => !refused.outcomeOf(follower));
      const fate = connection ? await this.#request(connection, [entry], free) : 'unknown';
      if (fate instanceof Error) refused.add(entry, fate);
      if (fate === 'waits') {
        const held = followers.filter((follower) => !free.includes(follower));
        this.#fail(held, notSent());
        return fate;
      }
      if (fate !== 'unknown') continue;
      const rest = connection ? followers : [entry, ...followers];
      this.#fail([...rest, ...this.#accumulator.discard(entries)], unknownOutcome('the broker became unavailable'));
      return fate;
    }
    return 'known';
  }

  #expire(): void {
    const { deliveryTimeoutMs } = this.#options;
    const expired = this.#accumulator.takeExpired(performance.now() - deliveryTimeoutMs);
    this.#fail(expired, new AppError('unavailable', 'delivery-timeout', `not sent in ${deliveryTimeoutMs} ms`));
  }

  #fail(entries: readonly Entry[], error: Error): void {
    if (entries.length > 0) this.#complete(entries, () => error);
  }

  #complete(entries: readonly Entry[], outcomeOf: (entry: Entry, index: number) => Outcome): void {
    let failures = 0;
    for (const [index, entry] of entries.entries()) {
      const outcome = outcomeOf(entry, index);
      if (outcome instanceof Error) failures += 1;
      entry.complete(outcome);
    }
    this.#incomplete -= entries.length;
    if (failures > 0) this.#options.observer.failure(failures);
    this.#flushes.advance(entries);
    this.#options.onReleased();
  }
}
