import { parseMessageId } from '@sluice/contracts';
import { requestJson } from '@sluice/kit/request-json';
import type { Capacity } from '@sluice/mail-sink/capacity';
import { z } from 'zod';
import type { Mail } from '../ledger/snapshot.ts';

const message = z.object({ seq: z.number(), messageId: z.string(), to: z.string(), takenAt: z.number() });
const page = z.object({ items: z.array(message), nextCursor: z.string().optional() });
const statistics = z.object({ maxRate: z.number(), maxConcurrency: z.number(), refusals: z.number() });

export type ProviderStats = z.infer<typeof statistics>;

const pageSize = 5000;

/** The mail provider, through the HTTP side of the stack's sink. */
export class MailSinkClient {
  readonly #url: string;
  #after = 0;

  constructor(url: string) {
    this.#url = url;
  }

  async setCapacity(capacity: Capacity): Promise<void> {
    await requestJson('PUT', `${this.#url}/capacity`, { body: capacity });
  }

  async resetStats(): Promise<void> {
    await requestJson('DELETE', `${this.#url}/stats`);
  }

  async stats(): Promise<ProviderStats> {
    return statistics.parse(await requestJson('GET', `${this.#url}/stats`));
  }

  /** Mails taken since the last call, oldest first. */
  async newMails(): Promise<Mail[]> {
    const mails: Mail[] = [];
    for (;;) {
      const query = `after=${this.#after}&limit=${pageSize}`;
      const { items, nextCursor } = page.parse(await requestJson('GET', `${this.#url}/messages?${query}`));
      for (const { seq, messageId, to, takenAt } of items) {
        const { orderId, kind } = parseMessageId(messageId) ?? {};
        mails.push({ messageId, to, takenAtMs: takenAt, orderId, kind });
        this.#after = seq;
      }
      if (nextCursor === undefined) return mails;
    }
  }
}
