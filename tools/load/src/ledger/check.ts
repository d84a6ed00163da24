import { checkNotifications } from './notifications.ts';
import { isTerminal, type Ledger, type OrderSnapshot, type Snapshot } from './snapshot.ts';
import { checkStock } from './stock.ts';

/** Reconciles one run from outside. Pure: the same snapshot gives the same ledger. */
export function checkLedger(snapshot: Snapshot): Ledger {
  const byId = new Map(snapshot.orders.map((order) => [order.id, order]));
  const accepted = [...snapshot.accepted];
  const found = accepted.flatMap(([index, id]) => {
    const order = byId.get(id);
    return order?.index === index ? [order] : [];
  });
  return {
    accepted: accepted.length,
    terminal: found.filter(isTerminal).length,
    lost: accepted.length - found.length,
    duplicated: duplicates(snapshot.orders),
    nonTerminal: snapshot.orders.filter((order) => !isTerminal(order)).length,
    ...checkStock(snapshot),
    ...checkNotifications(snapshot, byId),
    deadLetters: snapshot.deadLetters,
  };
}

/** Every request has an idempotency key and an address of its own, so two orders of one address are one too many. */
function duplicates(orders: OrderSnapshot[]): number {
  return orders.length - new Set(orders.map((order) => order.index ?? order.id)).size;
}
