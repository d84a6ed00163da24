import { messageIdOf, type NotificationKind } from '@sluice/contracts';
import type { Snapshot, OrderSnapshot } from '../src/ledger/snapshot.ts';

export function orderId(index: number): string {
  return `0190b0e0-0000-7000-8000-${String(index).padStart(12, '0')}`;
}

export function anOrder(index: number, status = 'CONFIRMED', overrides: Partial<OrderSnapshot> = {}): OrderSnapshot {
  const outcome = status === 'PENDING' ? [] : [`order.${status.toLowerCase()}`];
  return {
    id: orderId(index),
    index,
    status,
    customerId: 'c1',
    totalCents: 300,
    lines: [{ sku: 'a', quantity: 3, unitPriceCents: 100 }],
    history: ['order.placed', ...outcome],
    ...overrides,
  };
}

export function aMail(index: number, kind: NotificationKind = 'order-confirmed'): Snapshot['mails'][number] {
  return { messageId: messageIdOf(orderId(index), kind), orderId: orderId(index), kind };
}

export function aNotification(index: number, kind = 'order-confirmed'): Snapshot['notifications'][number] {
  return { orderId: orderId(index), kind, status: 'SENT' };
}

/** A run without a fault: orders 0 and 1 confirmed with three units each, order 2 rejected, ten units to begin with. */
export function consistentSnapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    flow: 'async',
    accepted: new Map([0, 1, 2].map((index) => [index, orderId(index)])),
    orders: [anOrder(0), anOrder(1), anOrder(2, 'REJECTED')],
    stockSet: new Map([['a', 10]]),
    stock: [{ sku: 'a', available: 4, reserved: 6 }],
    reservations: [
      { orderId: orderId(0), status: 'RESERVED' },
      { orderId: orderId(1), status: 'RESERVED' },
      { orderId: orderId(2), status: 'REJECTED' },
    ],
    notifications: [aNotification(0), aNotification(1), aNotification(2, 'order-rejected')],
    mails: [aMail(0), aMail(1), aMail(2, 'order-rejected')],
    deadLetters: 0,
    ...overrides,
  };
}
