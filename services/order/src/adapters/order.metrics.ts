import { orderFlow } from '@sluice/contracts';
import { scope } from '@sluice/core';
import { Counter, type Registry } from 'prom-client';
import type { OrderEventType } from '../domain/order.events.ts';
import type { OrderFlow } from '../domain/order.ts';

/** A change of an order that was committed. */
export interface CommittedChange {
  orderId: string;
  flow: OrderFlow;
  type: OrderEventType;
  /** The order's version after it. */
  version: number;
}

export type OnCommitted = (changes: readonly CommittedChange[]) => void;

const outcomes: Partial<Record<OrderEventType, string>> = {
  'order.confirmed': 'confirmed',
  'order.rejected': 'rejected',
  'order.cancelled': 'cancelled',
};

/**
 * Counts what transactions committed, so that an order counts once, however often its request or an outcome arrives. The
 * words are those of docs/flows.md.
 */
export function measureOrders(registry: Registry): OnCommitted {
  const registers = [registry];
  const accepted = new Counter({
    name: `${scope}_orders_accepted_total`,
    help:
      'Orders that were accepted. With flow=sync when they are confirmed or rejected, with flow=log when they are taken ' +
      'from the log.',
    labelNames: ['flow'],
    registers,
  });
  const terminal = new Counter({
    name: `${scope}_orders_terminal_total`,
    help: 'Orders that became terminal. A confirmed order that is cancelled later stays counted as confirmed.',
    labelNames: ['flow', 'outcome'],
    registers,
  });
  for (const flow of orderFlow.options) {
    accepted.inc({ flow }, 0);
    for (const outcome of Object.values(outcomes)) terminal.inc({ flow, outcome }, 0);
  }
  return (changes) => {
    for (const change of changes) {
      if (isAcceptance(change)) accepted.inc({ flow: change.flow });
      const outcome = outcomes[change.type];
      if (outcome && leftPending(change)) terminal.inc({ flow: change.flow, outcome });
    }
  };
}

/** A synchronous order that failed was not accepted: its client got an error. */
function isAcceptance({ flow, type, version }: CommittedChange): boolean {
  if (flow !== 'sync') return type === 'order.placed';
  return version === 2 && type !== 'order.cancelled';
}

/** An order is PENDING in version 1 only. */
function leftPending({ version }: CommittedChange): boolean {
  return version === 2;
}
