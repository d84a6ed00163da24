import type { Transactions } from '@sluice/messaging';
import { GroupCommit } from '@sluice/service-kit';
import type { ReserveStock } from '../app/reserve-stock.ts';
import type { ReservationRequest } from '../domain/allocation.ts';
import type { ReservationOutcome } from '../domain/reservation.ts';

export interface TimedReservation extends ReservationRequest {
  /** Epoch milliseconds after which nobody waits for it any more. */
  deadlineMs: number;
}

/** Reservations of a transaction. */
const maxBatch = 128;
/** A few lines per order are the rule. */
const rowsPerRequest = 20;

/**
 * Requests that come at the same time are reserved together, as a fetched batch is: one statement per table, and one
 * commit. Answers undefined to those that are too late. See docs/adr/0003.
 */
export class ReservationCommit extends GroupCommit<TimedReservation, ReservationOutcome | undefined> {
  constructor(transactions: Transactions, reserveStock: ReserveStock, maxQueued: number) {
    super(
      transactions,
      async (tx, requests) => {
        const wanted = requests.filter(({ deadlineMs }) => Date.now() < deadlineMs);
        const outcomes = await reserveStock.run(tx, wanted);
        const outcomeOf = new Map(wanted.map((request, i) => [request, outcomes[i]]));
        return requests.map((request) => outcomeOf.get(request));
      },
      { name: 'reservations', maxBatch, maxQueued, rowsOf: ({ lines }) => lines.length, rowsPerRequest },
    );
  }
}
