import { describe, expect, it } from 'vitest';
import { aMail, aNotification, anOrder, consistentSnapshot, orderId } from '../../test/snapshot.ts';
import { cleanLedger } from '../../test/ledger.ts';
import { checkLedger } from './check.ts';
import { violationsOf, type Snapshot, type Ledger } from './snapshot.ts';

const clean = cleanLedger(3);

function ledgerWith(overrides: Partial<Snapshot>): Ledger {
  return checkLedger(consistentSnapshot(overrides));
}

const good = consistentSnapshot();

describe('checkLedger', () => {
  it('finds nothing in a run without a fault', () => {
    expect(checkLedger(good)).toEqual(clean);
  });

  it('finds an accepted order that does not exist', () => {
    const accepted = new Map([...good.accepted, [3, orderId(3)]]);
    expect(ledgerWith({ accepted })).toEqual({ ...clean, accepted: 4, lost: 1 });
  });

  it('counts an order as lost when its id was given to two clients', () => {
    const accepted = new Map([...good.accepted, [3, orderId(0)]]);
    expect(ledgerWith({ accepted }).lost).toBe(1);
  });

  it('finds two orders made of one request', () => {
    const twin = anOrder(9, 'REJECTED', { index: 2 });
    const orders = [...good.orders, twin];
    const notifications = [...good.notifications, aNotification(9, 'order-rejected')];
    const mails = [...good.mails, aMail(9, 'order-rejected')];
    expect(ledgerWith({ orders, notifications, mails })).toEqual({ ...clean, duplicated: 1 });
  });

  it('finds an open order, also one that no client was promised', () => {
    const orders = [...good.orders, anOrder(3, 'PENDING')];
    expect(ledgerWith({ orders })).toEqual({ ...clean, nonTerminal: 1 });
  });

  it('finds an accepted order that is still open', () => {
    const orders = [anOrder(0), anOrder(1), anOrder(2, 'PENDING')];
    expect(ledgerWith({ orders })).toMatchObject({ terminal: 2, nonTerminal: 1 });
  });

  it('finds units that two confirmed orders were both promised', () => {
    const stock = [{ sku: 'a', available: 7, reserved: 3 }];
    expect(ledgerWith({ stock })).toEqual({ ...clean, oversold: 3 });
  });

  it('finds a confirmed order without a reservation', () => {
    const reservations = good.reservations.slice(1);
    expect(ledgerWith({ reservations })).toEqual({ ...clean, oversold: 3 });
  });

  it('finds stock below zero', () => {
    const stock = [{ sku: 'a', available: -2, reserved: 6 }];
    const stockSet = new Map([['a', 4]]);
    expect(ledgerWith({ stock, stockSet })).toEqual({ ...clean, oversold: 2 });
  });

  it('finds units that an order holds although it was not confirmed', () => {
    const stock = [{ sku: 'a', available: 1, reserved: 9 }];
    const reservations = good.reservations.map((one) => ({ ...one, status: 'RESERVED' }));
    expect(ledgerWith({ stock, reservations })).toEqual({ ...clean, undersold: 3 });
  });

  it('finds units that are simply gone', () => {
    const stock = [{ sku: 'a', available: 3, reserved: 6 }];
    expect(ledgerWith({ stock })).toEqual({ ...clean, undersold: 1 });
  });

  it('finds a whole stock row that is gone', () => {
    expect(ledgerWith({ stock: [] })).toMatchObject({ undersold: 4, oversold: 6 });
  });

  it('does not let a surplus of one SKU hide the want of another', () => {
    const stockSet = new Map([...good.stockSet, ['b', 5]]);
    const stock = [
      { sku: 'a', available: 5, reserved: 6 },
      { sku: 'b', available: 4, reserved: 0 },
    ];
    expect(ledgerWith({ stockSet, stock })).toEqual({ ...clean, oversold: 1, undersold: 1 });
  });

  it('finds a terminal order without a mail', () => {
    expect(ledgerWith({ mails: good.mails.slice(1) })).toEqual({ ...clean, notificationsMissing: 1 });
  });

  it('finds a mail without its notification row, and a row that was claimed but never sent', () => {
    expect(ledgerWith({ notifications: good.notifications.slice(1) }).notificationsMissing).toBe(1);
    const notifications = good.notifications.map((one) => ({ ...one, status: 'CLAIMED' }));
    expect(ledgerWith({ notifications }).notificationsMissing).toBe(3);
  });

  it('finds a second notification row of one order and kind', () => {
    const notifications = [...good.notifications, aNotification(0)];
    expect(ledgerWith({ notifications })).toEqual({ ...clean, notificationsDuplicated: 1 });
  });

  it('finds a mail of a second identity', () => {
    const other = { messageId: '<other@elsewhere>', orderId: undefined, kind: undefined, index: 0 };
    expect(ledgerWith({ mails: [...good.mails, other] })).toEqual({ ...clean, notificationsDuplicated: 1 });
  });

  it('counts repeated mails apart: they break no rule by themselves', () => {
    const ledger = ledgerWith({ mails: [...good.mails, aMail(0)] });
    expect(ledger).toEqual({ ...clean, mailsRepeated: 1 });
    expect(violationsOf(ledger)).toEqual([]);
  });

  it('counts a mail that tells of an outcome the order never had', () => {
    const mails = [...good.mails, aMail(2, 'order-confirmed')];
    const ledger = ledgerWith({ mails });
    expect(ledger).toEqual({ ...clean, contradictoryMails: 1 });
    expect(violationsOf(ledger)).toEqual([]);
  });

  it('allows both mails to an order that was confirmed and later cancelled', () => {
    const cancelled = anOrder(2, 'CANCELLED', { history: ['order.placed', 'order.confirmed', 'order.cancelled'] });
    const orders = [anOrder(0), anOrder(1), cancelled];
    const mails = [aMail(0), aMail(1), aMail(2, 'order-confirmed'), aMail(2, 'order-cancelled')];
    const notifications = [0, 1, 2].map((index) => aNotification(index)).concat(aNotification(2, 'order-cancelled'));
    expect(ledgerWith({ orders, mails, notifications })).toEqual(clean);
  });

  it('expects no mail for an order that the synchronous flow failed and cancelled', () => {
    const orders = [...good.orders, anOrder(3, 'CANCELLED')];
    expect(ledgerWith({ flow: 'sync', orders })).toEqual(clean);
    for (const flow of ['async', 'log'] as const) expect(ledgerWith({ flow, orders }).notificationsMissing).toBe(1);
  });

  it('passes dead letters on, and every one is a violation', () => {
    expect(violationsOf(ledgerWith({ deadLetters: 2 }))).toEqual(['deadLetters']);
  });
});
