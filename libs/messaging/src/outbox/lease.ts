import { Logger } from '@nestjs/common';
import { Lease } from '@sluice/core';
import type { PostgresTransactions } from '../postgres/postgres-transactions.ts';

const expiry = `clock_timestamp() + $2 * interval '1 millisecond'`;

const acquire = `
  insert into outbox_lease (owner, epoch, expires_at) values ($1, 1, ${expiry})
  on conflict (singleton) do update
    set owner = excluded.owner, epoch = outbox_lease.epoch + 1, expires_at = excluded.expires_at
    where outbox_lease.expires_at <= clock_timestamp()
  returning epoch`;

const renew = `update outbox_lease set expires_at = ${expiry} where epoch = $1 returning epoch`;

const release = 'update outbox_lease set expires_at = clock_timestamp() where epoch = $1';

/**
 * The right to publish the outbox: one relay at a time. Each new holder has a new epoch, and removing rows requires the
 * current one. See docs/adr/0007.
 */
export class RelayLease {
  readonly #logger = new Logger(RelayLease.name);
  #current: { readonly epoch: string; readonly lease: Lease } | undefined;

  constructor(
    private readonly database: PostgresTransactions,
    private readonly owner: string,
    private readonly ttlMs: number,
  ) {}

  /** The epoch while the lease is held, else undefined. */
  get epoch(): string | undefined {
    return this.#current?.lease.isHeld ? this.#current.epoch : undefined;
  }

  /** Takes the lease when it is free; true when it is held now. */
  async hold(): Promise<boolean> {
    if (this.epoch) return true;
    this.abandon();
    const heldFromMs = performance.now();
    const epoch = await this.#query(acquire, [this.owner, this.ttlMs]);
    if (!epoch) return false;
    this.#logger.log(`publishing the outbox as ${this.owner}, epoch ${epoch}`);
    const lease = new Lease({
      ttlMs: this.ttlMs,
      heldFromMs,
      renew: async () => (await this.#query(renew, [epoch, this.ttlMs])) !== undefined,
      onLost: () => this.#logger.warn(`lost the outbox lease of epoch ${epoch}`),
      onFailure: (err) => this.#logger.warn({ err }, 'could not renew the outbox lease'),
    });
    this.#current = { epoch, lease };
    return true;
  }

  /** Lets another relay begin at once. Only when nothing is being sent any more. */
  async release(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.lease.end();
    if (current) await this.#query(release, [current.epoch]);
  }

  /** Stops renewing: others may begin when the time is over. */
  abandon(): void {
    void this.#current?.lease.end();
    this.#current = undefined;
  }

  async #query(text: string, values: unknown[]): Promise<string | undefined> {
    const { rows } = await this.database.query<{ epoch: string }>({ text, values });
    return rows[0]?.epoch;
  }
}
