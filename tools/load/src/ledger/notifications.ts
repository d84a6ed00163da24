import { isTerminal, type Ledger, type OrderSnapshot, type Snapshot } from './snapshot.ts';

type Counts = Pick<Ledger, 'notificationsMissing' | 'notificationsDuplicated' | 'mailsRepeated' | 'contradictoryMails'>;

/** One row and one Message-ID per order and kind, and of the right kind. */
export function checkNotifications(snapshot: Snapshot, byId: Map<string, OrderSnapshot>): Counts {
  const accepted = new Set(snapshot.accepted.values());
  const rows = countBy(snapshot.notifications, (row) => `${row.orderId} ${row.kind}`);
  const sent = new Set(
    snapshot.notifications.filter((row) => row.status === 'SENT').map((row) => `${row.orderId} ${row.kind}`),
  );
  const mails = countBy(snapshot.mails, (mail) => mail.messageId);
  const mailed = new Map(snapshot.mails.map((mail) => [mail.messageId, mail]));
  const mailedKinds = new Set([...mailed.values()].map((mail) => `${mail.orderId} ${mail.kind}`));

  const missing = snapshot.orders.filter((order) => {
    if (!isTerminal(order) || !mustBeNotified(order, snapshot.flow, accepted)) return false;
    const effect = `${order.id} ${expectedKind(order)}`;
    return !sent.has(effect) || !mailedKinds.has(effect);
  });
  // A mail to one of our addresses whose Message-ID names no order is a second identity of some notification.
  const strange = [...mailed.values()].filter((mail) => !mail.orderId || !byId.has(mail.orderId));
  const contradictory = [...mailed.values()].filter((mail) => contradicts(mail.kind, byId.get(mail.orderId ?? '')));
  return {
    notificationsMissing: missing.length,
    notificationsDuplicated: surplus(rows) + strange.length,
    mailsRepeated: surplus(mails),
    contradictoryMails: contradictory.length,
  };
}

export function expectedKind(order: OrderSnapshot): string {
  return `order-${order.status.toLowerCase()}`;
}

/**
 * The synchronous flow publishes nothing: an order that it cancelled was answered with an error, and no mail is sent.
 * Every other order has one.
 */
function mustBeNotified(order: OrderSnapshot, flow: Snapshot['flow'], accepted: Set<string>): boolean {
  return flow !== 'sync' || accepted.has(order.id) || order.status !== 'CANCELLED';
}

/** A confirmed order may be cancelled later and rightly has both mails, so the history decides, not only the status. */
function contradicts(kind: string | undefined, order: OrderSnapshot | undefined): boolean {
  if (!kind || !order || kind === expectedKind(order)) return false;
  return !order.history.includes(kind.replace('-', '.'));
}

function countBy<T>(items: T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function surplus(counts: Map<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count - 1;
  return sum;
}
