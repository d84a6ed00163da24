import { describe, expect, it } from 'vitest';
import { aDraft, aLine, anOrder } from '../../test/builders.ts';
import { InvalidOrder, OrderNotCancellable } from './errors.ts';
import { Order, type OrderStatus } from './order.ts';

const at = new Date('2026-01-01T00:00:00Z');

function anOrderThatIs(status: OrderStatus): Order {
  const order = anOrder();
  if (status === 'CONFIRMED') order.apply({ reserved: true }, at);
  if (status === 'REJECTED') order.apply({ reserved: false, reason: 'out-of-stock' }, at);
  if (status === 'CANCELLED') order.cancel('test', at);
  order.takeChanges();
  return order;
}

describe('placing an order', () => {
  it('is pending, at version 1, and says so', () => {
    const order = Order.place(
      aDraft({ lines: [aLine({ quantity: 3, unitPriceCents: 5 }), aLine({ unitPriceCents: 0 })] }),
    );
    expect(order.state).toMatchObject({ status: 'PENDING', version: 1, totalCents: 15 });
    const [change, ...more] = order.takeChanges();
    expect(change?.event).toMatchObject({ type: 'order.placed', key: order.id, version: 1 });
    expect(change?.event.data).toMatchObject({ orderId: order.id, totalCents: 15, lines: order.lines });
    expect(more).toEqual([]);
  });

  it('has flow and time of acceptance in each of its events', () => {
    const placedAt = new Date('2026-01-01T00:00:00.123Z');
    const order = Order.place(aDraft({ flow: 'log', placedAt }));
    order.apply({ reserved: true }, new Date());
    order.cancel('test', new Date());
    const acceptances = order.takeChanges().map(({ event }) => event.data);
    const acceptance = { flow: 'log', acceptedAt: '2026-01-01T00:00:00.123Z' };
    expect(acceptances).toMatchObject([acceptance, acceptance, acceptance]);
  });

  it.each([[[]], [Array.from({ length: 1001 }, () => aLine())]])('refuses 0 and 1,001 lines', (lines) => {
    expect(() => Order.place(aDraft({ lines }))).toThrow(InvalidOrder);
  });

  it('refuses a total that a number cannot carry exactly', () => {
    const lines = Array.from({ length: 10 }, () => aLine({ quantity: 1_000_000, unitPriceCents: 1_000_000_000 }));
    expect(() => Order.place(aDraft({ lines }))).toThrow('total is too large');
    expect(() => Order.place(aDraft({ lines: lines.slice(0, 9) }))).not.toThrow();
  });
});

describe('applying the stock outcome', () => {
  it('confirms it when the stock was reserved', () => {
    const order = anOrder();
    order.apply({ reserved: true }, at);
    expect(order.state).toMatchObject({ status: 'CONFIRMED', version: 2, updatedAt: at });
    expect(order.takeChanges().map(({ event }) => [event.type, event.version])).toEqual([['order.confirmed', 2]]);
  });

  it('rejects it with the reason otherwise', () => {
    const order = anOrder();
    order.apply({ reserved: false, reason: 'out-of-stock' }, at);
    expect(order.state).toMatchObject({ status: 'REJECTED', reason: 'out-of-stock', version: 2 });
    expect(order.takeChanges()[0]?.event.data).toMatchObject({ reason: 'out-of-stock' });
  });

  it.each(['CONFIRMED', 'REJECTED', 'CANCELLED'] as const)('leaves a %s order as it is', (status) => {
    for (const outcome of [{ reserved: true }, { reserved: false, reason: 'late' }] as const) {
      const order = anOrderThatIs(status);
      const before = order.state;
      order.apply(outcome, at);
      expect(order.state).toEqual(before);
      expect(order.takeChanges()).toEqual([]);
    }
  });
});

describe('cancelling an order', () => {
  it.each(['PENDING', 'CONFIRMED'] as const)('cancels a %s one, and says so', (status) => {
    const order = anOrderThatIs(status);
    const { version } = order.state;
    order.cancel('changed my mind', at);
    expect(order.state).toMatchObject({ status: 'CANCELLED', reason: 'changed my mind', version: version + 1 });
    expect(order.takeChanges().map(({ event }) => event.type)).toEqual(['order.cancelled']);
  });

  it('does nothing the second time', () => {
    const order = anOrderThatIs('CANCELLED');
    order.cancel('again', at);
    expect(order.state).toMatchObject({ reason: 'test', version: 2 });
    expect(order.takeChanges()).toEqual([]);
  });

  it('refuses a rejected one', () => {
    expect(() => anOrderThatIs('REJECTED').cancel('too late', at)).toThrow(OrderNotCancellable);
  });
});
