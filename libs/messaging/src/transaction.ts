declare const opaque: unique symbol;

/**
 * A unit of work that commits or rolls back as a whole. Opaque on purpose: use cases pass it on, only adapters look
 * inside. The inbound adapter opens it: HTTP's opens its own, Kafka's has inbox, effect and outbox
 * rows in one.
 */
export interface Transaction {
  readonly [opaque]: true;
}

/** Opens transactions. For inbound adapters; the PostgreSQL one lives in `postgres/`. */
export abstract class Transactions {
  /**
   * Commits when `work` resolves, rolls back when it rejects, and passes its result or error on. `work` may be called a
   * second time, on another connection: it keeps no state between the calls.
   */
  abstract run<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}
