/**
 * RESERVED holds stock, RELEASED did, REJECTED never did. TOMBSTONE: the release came first; a reserve that still comes
 * is answered with a rejection.
 */
export type ReservationStatus = 'RESERVED' | 'REJECTED' | 'RELEASED' | 'TOMBSTONE';
export type RejectionReason = 'out-of-stock' | 'unknown-sku' | 'cancelled';

/** The aggregate of `stock.v1`. Version 1: reserved or rejected. Version 2: released. A fresh tombstone has 0. */
export interface Reservation {
  orderId: string;
  status: ReservationStatus;
  reason: RejectionReason | undefined;
  sku: string | undefined;
  version: number;
}

export interface ReservationOutcome {
  orderId: string;
  status: 'RESERVED' | 'REJECTED';
  reason?: RejectionReason;
  /** The first SKU of which there was too little. */
  sku?: string;
  /** The answer was given before: nothing changed, and no event is needed again. */
  repeated: boolean;
}

/** The answer to a repeated reserve. */
export function outcomeOf({ orderId, status, reason, sku, version }: Reservation): ReservationOutcome {
  switch (status) {
    case 'RESERVED':
      return { orderId, status, repeated: true };
    case 'REJECTED':
      return { orderId, status, ...(reason && { reason }), ...(sku !== undefined && { sku }), repeated: true };
    case 'RELEASED':
    case 'TOMBSTONE':
      return { orderId, status: 'REJECTED', reason: 'cancelled', repeated: version > 0 };
  }
}
