import { isTerminal, type Ledger, type OrderSnapshot, type Snapshot } from './snapshot.ts';

type Counts = Pick<Ledger, 'notificationsMissing' | 'notificationsDuplicated' | 'mailsRepeated' | 'contradictoryMails'>;

/** One row and one Message-ID per order and kind, and of the right kind. */
export function checkNotifications(snapshot: Snapshot, byId: Map<string, OrderSnapshot>): Counts {
  const accepted = new Set(snapshot.accepted.values());
  const rows = snapshot.notifications.map(effectOf);
  const sent = new Set(snapshot.notifications.filter((row) => row.status === 'SENT').map(effectOf));
  const mailed = new Map(snapshot.mails.map((mail) => [mail.messageId, mail]));
  const mailedKinds = new Set([...mailed.values()].map(effectOf));

  const missing = snapshot.orders.filter((order) => {
    if (!isTerminal(order) || !mustBeNotified(order, snapshot.flow, accepted)) return false;
    const effect = effectOf({ orderId: order.id, kind: expectedKind(order) });
    return !sent.has(effect) || !mailedKinds.has(effect);
  });
  // A mail to one of our addresses whose Message-ID names no order is a second identity of some notification.
  const strange = [...mailed.values()].filter((mail) => !mail.orderId || !byId.has(mail.orderId));
  const contradictory = [...mailed.values()].filter((mail) => contradicts(mail.kind, byId.get(mail.orderId ?? '')));
  return {
    notificationsMissing: missing.length,
    notificationsDuplicated: rows.length - new Set(rows).size + strange.length,
    mailsRepeated: snapshot.mails.length - mailed.size,
    contradictoryMails: contradictory.length,
  };
}

function effectOf({ orderId, kind }: { orderId: string | undefined; kind: string | undefined }): string {
  return `${orderId} ${kind}`;
}

function expectedKind(order: OrderSnapshot): string {
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
