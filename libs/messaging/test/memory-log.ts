import { headerOf } from '@sluice/kafka';
import type { BatchSender } from '../src/outbox/relay.ts';
import type { UnsentEvent } from '../src/outbox/table.ts';

type Sent = UnsentEvent['record'];

/** Stands for the producer: keeps what arrives, in order. */
export class MemoryLog implements BatchSender {
  readonly records: Sent[] = [];
  /** Called before a batch is taken. */
  before: (records: Sent[]) => Promise<void> | void = () => undefined;
  /** Called when it is taken and not acknowledged yet. */
  after: () => Promise<void> | void = () => undefined;

  async sendBatch(records: Sent[]): Promise<void> {
    await this.before(records);
    this.records.push(...records);
    await this.after();
  }

  ids(): string[] {
    return this.records.map(({ headers }) => headerOf(headers, 'ce_id') ?? '');
  }

  versions(key: string): number[] {
    return this.records
      .filter((record) => record.key === key)
      .map(({ headers }) => Number(headerOf(headers, 'ce_version')));
  }
}
