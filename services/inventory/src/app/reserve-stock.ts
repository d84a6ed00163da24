import { Injectable } from '@nestjs/common';
import { GroupCommit, type GroupCommitOptions, type Transaction, type Transactions } from '@sluice/messaging';
import { allocate, type Allocation, type ReservationRequest } from '../domain/allocation.ts';
import { outcomeOf, type ReservationOutcome } from '../domain/reservation.ts';
import { StockStore } from './ports.ts';

interface TimedRequest extends ReservationRequest {
  deadlineMs: number;
}

/** Rows of a reservation, for the limits of a transaction: most orders have a few lines. */
const rowsPerRequest = 20;

@Injectable()
export class ReserveStock {
  readonly #commit: GroupCommit<TimedRequest, ReservationOutcome | undefined>;

  constructor(
    private readonly stock: StockStore,
    transactions: Transactions,
    options: Pick<GroupCommitOptions<TimedRequest>, 'maxQueued'> = {},
  ) {
    this.#commit = new GroupCommit(transactions, (tx, requests) => this.#runInTime(tx, requests), {
      ...{ name: 'reservations', rowsOf: ({ lines }) => lines.length, rowsPerRequest },
      ...options,
    });
  }

  /**
   * The outcome after the commit, which concurrent callers share; undefined when `deadlineMs` (epoch) passed before the
   * reservation was begun. Rejects like {@link GroupCommit.submit}.
   */
  submit(request: ReservationRequest, deadlineMs: number): Promise<ReservationOutcome | undefined> {
    return this.#commit.submit({ ...request, deadlineMs });
  }

  /**
   * All-or-nothing per order, first come first served; idempotent on order id. Outcomes come back in the order of the
   * requests.
   */
  async run(tx: Transaction, requests: ReservationRequest[]): Promise<ReservationOutcome[]> {
    const byOrder = new Map<string, ReservationRequest>();
    for (const request of requests) if (!byOrder.has(request.orderId)) byOrder.set(request.orderId, request);

    const known = await this.stock.createMissing(tx, [...byOrder.keys()]);
    const fresh = [...byOrder.values()].filter(({ orderId }) => !known.has(orderId));
    const allocated = await this.#allocate(tx, fresh);
    const tombstones = [...known.values()].filter(({ status, version }) => status === 'TOMBSTONE' && version === 0);
    if (tombstones.length > 0) await this.stock.consumeTombstones(tx, tombstones.map(idOf));

    const outcomes = new Map<string, ReservationOutcome>();
    for (const reservation of known.values()) outcomes.set(reservation.orderId, outcomeOf(reservation));
    for (const allocation of allocated) outcomes.set(allocation.orderId, fromAllocation(allocation));
    const answered = new Set<string>();
    return requests.map(({ orderId }) => {
      const outcome = outcomes.get(orderId);
      if (!outcome) throw new Error(`no outcome for order ${orderId}`);
      const repeated = outcome.repeated || answered.has(orderId);
      answered.add(orderId);
      return { ...outcome, repeated };
    });
  }

  async #runInTime(tx: Transaction, requests: TimedRequest[]): Promise<(ReservationOutcome | undefined)[]> {
    const wanted = requests.filter(({ deadlineMs }) => Date.now() < deadlineMs);
    const outcomes = await this.run(tx, wanted);
    const byRequest = new Map(wanted.map((request, i) => [request, outcomes[i]]));
    return requests.map((request) => byRequest.get(request));
  }

  async #allocate(tx: Transaction, requests: ReservationRequest[]): Promise<Allocation[]> {
    if (requests.length === 0) return [];
    const skus = new Set(requests.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
    const allocations = allocate(requests, await this.stock.lock(tx, [...skus]));
    await this.stock.apply(tx, allocations);
    return allocations;
  }
}

function idOf({ orderId }: { orderId: string }): string {
  return orderId;
}

function fromAllocation(allocation: Allocation): ReservationOutcome {
  const { orderId } = allocation;
  if (allocation.status === 'RESERVED') return { orderId, status: 'RESERVED', repeated: false };
  return { orderId, status: 'REJECTED', reason: allocation.reason, sku: allocation.sku, repeated: false };
}
