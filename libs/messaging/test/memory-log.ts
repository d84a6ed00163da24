import { AppError, errorOf } from '@sluice/core';
import { headerOf, isRefusal, type Outcome } from '@sluice/kafka';
import type { BatchSender } from '../src/outbox/relay.ts';
import type { UnsentEvent } from '../src/outbox/table.ts';

const notSent = new AppError('unavailable', 'not-sent', 'an earlier one was refused');

type Sent = UnsentEvent['record'];

/** Stands for the producer: keeps what arrives, in order. */
export class MemoryLog implements BatchSender {
  readonly records: Sent[] = [];
  /** Called before a batch is taken. */
  before: (records: Sent[]) => Promise<void> | void = () => undefined;
  /** Called when it is taken and not acknowledged yet. */
  after: () => Promise<void> | void = () => undefined;

  /** As the producer does: a batch of which something is refused is tried one by one, and its key is held back. */
  async sendEach(records: Sent[]): Promise<Outcome[]> {
    try {
      await this.before(records);
    } catch (error) {
      if (!isRefusal(error) || records.length === 1) return records.map(() => errorOf(error));
      const outcomes: Outcome[] = [];
      const held = new Set<string>();
      for (const record of records) {
        const { key } = record;
        const [outcome] = held.has(key) ? [notSent] : await this.sendEach([record]);
        if (outcome instanceof Error) held.add(key);
        outcomes.push(outcome ?? notSent);
      }
      return outcomes;
    }
    this.records.push(...records);
    await this.after();
    return records.map(({ topic }) => ({ topic, partition: 0, offset: BigInt(this.records.length) }));
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
