import { Logger } from '@nestjs/common';
import type { PostgresTransactions } from '../postgres/transactions.ts';

const expiry = `clock_timestamp() + $3 * interval '1 millisecond'`;

const acquire = `
  insert into outbox_lease (shard, owner, epoch, expires_at) values ($1, $2, 1, ${expiry})
  on conflict (shard) do update
    set owner = excluded.owner, epoch = outbox_lease.epoch + 1, expires_at = excluded.expires_at
    where outbox_lease.expires_at <= clock_timestamp()
  returning epoch`;

const renew = `update outbox_lease set expires_at = ${expiry} where shard = $1 and epoch = $2 returning epoch`;

const release = 'update outbox_lease set expires_at = clock_timestamp() where shard = $1 and epoch = $2';

/**
 * The right to publish a shard: one relay at a time. Time is the database's; the holder counts its own share from before the
 * request, on the monotonic clock, so it stops believing before anyone else may begin. Each new holder has a new epoch,
 * and removing rows requires the current one.
 */
export class RelayLease {
  private readonly logger = new Logger(RelayLease.name);
  private current: { readonly epoch: string; untilMs: number } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;

  constructor(
    private readonly database: PostgresTransactions,
    private readonly owner: string,
    private readonly ttlMs: number,
    private readonly shard: number,
  ) {}

  /** The epoch while the lease is held, else undefined. */
  get epoch(): string | undefined {
    return this.current && performance.now() < this.current.untilMs ? this.current.epoch : undefined;
  }

  /** Takes the lease when it is free; true when it is held now. */
  async hold(): Promise<boolean> {
    if (this.epoch) return true;
    this.abandon();
    const taken = await this.ask(acquire, this.owner);
    if (!taken) return false;
    this.current = taken;
    this.logger.log(`publishing shard ${this.shard} of the outbox as ${this.owner}, epoch ${taken.epoch}`);
    this.timer = setInterval(() => {
      this.renewing ??= this.renew(taken).finally(() => (this.renewing = undefined));
    }, this.ttlMs / 3);
    return true;
  }

  /** Lets another relay begin at once. Only when nothing is being sent any more. */
  async release(): Promise<void> {
    const epoch = this.current?.epoch;
    this.abandon();
    await this.renewing;
    if (epoch) await this.database.query({ text: release, values: [this.shard, epoch] });
  }

  /** Stops renewing: others may begin when the time is over. */
  abandon(): void {
    clearInterval(this.timer);
    this.current = undefined;
  }

  private async renew(lease: { readonly epoch: string; untilMs: number }): Promise<void> {
    try {
      const renewed = await this.ask(renew, lease.epoch);
      if (renewed) lease.untilMs = renewed.untilMs;
      else if (this.current === lease) {
        this.logger.warn(`lost the outbox lease of epoch ${lease.epoch}`);
        this.abandon();
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'could not renew the outbox lease');
    }
  }

  private async ask(text: string, ownerOrEpoch: string): Promise<{ epoch: string; untilMs: number } | undefined> {
    const untilMs = performance.now() + this.ttlMs;
    const values = [this.shard, ownerOrEpoch, this.ttlMs];
    const { rows } = await this.database.query<{ epoch: string }>({ text, values });
    return rows[0] && { epoch: rows[0].epoch, untilMs };
  }
}
