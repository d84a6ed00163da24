import type { Evidence, Ledger, OrderEvidence } from './evidence.ts';
import { checkNotifications } from './notifications.ts';
import { checkStock } from './stock-balance.ts';

const terminalStatuses = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED']);

export function isTerminal(order: OrderEvidence): boolean {
  return terminalStatuses.has(order.status);
}

/** Balances one run from outside. Pure: the same evidence gives the same books. */
export function checkLedger(evidence: Evidence): Ledger {
  const byId = new Map(evidence.orders.map((order) => [order.id, order]));
  const accepted = [...evidence.accepted];
  const found = accepted.flatMap(([index, id]) => {
    const order = byId.get(id);
    return order?.index === index ? [order] : [];
  });
  return {
    accepted: accepted.length,
    terminal: found.filter(isTerminal).length,
    lost: accepted.length - found.length,
    duplicated: duplicates(evidence.orders),
    nonTerminal: evidence.orders.filter((order) => !isTerminal(order)).length,
    ...checkStock(evidence),
    ...checkNotifications(evidence, byId),
    deadLetters: evidence.deadLetters,
  };
}

/** Every request has an idempotency key and an address of its own, so two orders of one address are one too many. */
function duplicates(orders: OrderEvidence[]): number {
  return orders.length - new Set(orders.map((order) => order.index ?? order.id)).size;
}
