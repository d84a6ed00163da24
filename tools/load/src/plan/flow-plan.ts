import { randomBytes } from 'node:crypto';
import type { OrderDraft, Schedule } from './order.ts';

export type Flow = 'sync' | 'async' | 'log';

/** Characters of the prefix that `planFlow` puts before a SKU; a SKU may be 64 long. */
export const skuPrefixLength = 10;

export interface PlannedOrder {
  atMs: number;
  idempotencyKey: string;
  /** JSON. */
  body: string;
  draft: OrderDraft;
}

/** A schedule made ready for one flow, with names of its own so that no two runs ever touch the same rows. */
export interface FlowPlan {
  flow: Flow;
  orders: PlannedOrder[];
  /** With prefixed SKUs. */
  stock: Map<string, number>;
  skuPrefix: string;
  /** Domain of every recipient of this flow's mails: what marks an order, a notification and a mail as ours. */
  mailDomain: string;
  schedule: Schedule;
}

/** Eight characters, time first, different for each run. */
export function newRunId(): string {
  const seconds = Math.floor(Date.now() / 1000) % 36 ** 5;
  const random = randomBytes(2).readUInt16BE() % 36 ** 3;
  return seconds.toString(36).padStart(5, '0') + random.toString(36).padStart(3, '0');
}

/** Builds all request bodies before the first is due, so that sending costs as little as possible. */
export function planFlow(schedule: Schedule, flow: Flow, runId: string): FlowPlan {
  const skuPrefix = `${runId}${flow[0]}-`;
  const mailDomain = `${runId}-${flow}.load.example`;
  const orders = schedule.orders.map((draft, index) => {
    const body = JSON.stringify({
      customerId: draft.customerId,
      email: `${localPart(draft.customerId)}+${index}@${mailDomain}`,
      currency: draft.currency,
      lines: draft.lines.map((line) => ({ ...line, sku: skuPrefix + line.sku })),
    });
    return { atMs: draft.atMs, idempotencyKey: `${runId}-${flow}-${index}`, body, draft };
  });
  const stock = new Map([...schedule.stock].map(([sku, units]) => [skuPrefix + sku, units]));
  return { flow, orders, stock, skuPrefix, mailDomain, schedule };
}

/** The position in the schedule that an address of this plan stands for, or `undefined` for any other address. */
export function orderIndexOf(address: string, mailDomain: string): number | undefined {
  if (!address.endsWith(`@${mailDomain}`)) return undefined;
  const tag = address.slice(address.lastIndexOf('+') + 1, address.length - mailDomain.length - 1);
  return /^\d+$/.test(tag) ? Number(tag) : undefined;
}

function localPart(customerId: string): string {
  return (
    customerId
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 40) || 'customer'
  );
}
