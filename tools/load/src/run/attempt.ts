import { epochMs } from '@sluice/kit/clock';
import { z } from 'zod';
import type { Flow, PlannedOrder } from '../plan/flow-plan.ts';
import type { Answer } from './answer.ts';
import type { Connection, Exchange } from './connection.ts';

/** How an order ended for its client; anything but `accepted` is a kind of error. */
export type Outcome = 'accepted' | 'timeout' | 'connection' | 'protocol' | (string & {});

const placed = z.looseObject({ id: z.uuid() });
const naming = z.looseObject({ orderId: z.uuid() });

/** One order on its way, and the record of what happened, in one object to keep sending cheap. */
export class Attempt implements Exchange {
  readonly order: PlannedOrder;
  readonly intendedMs: number;
  /** When the request went to an open connection; `undefined` while it waits for one. */
  sentMs: number | undefined;
  /** When the whole response was there, or it was given up. */
  endedMs: number | undefined;
  outcome: Outcome | undefined;
  /** Known from any answer that names an order, also a refusal. */
  orderId: string | undefined;
  /** The header of a refusal. */
  retryAfter: string | undefined;

  readonly #flow: Flow;
  readonly #onEnd: (attempt: Attempt) => void;
  #connection: Pick<Connection, 'destroy'> | undefined;

  constructor(flow: Flow, order: PlannedOrder, intendedMs: number, onEnd: (attempt: Attempt) => void) {
    this.#flow = flow;
    this.order = order;
    this.intendedMs = intendedMs;
    this.#onEnd = onEnd;
  }

  /** Which is destroyed when the order is given up. */
  goesOver(connection: Pick<Connection, 'destroy'>): void {
    this.#connection = connection;
  }

  onSent(): void {
    this.sentMs = epochMs();
  }

  onAnswer(answer: Answer): void {
    this.retryAfter = answer.header('retry-after');
    this.#end(this.#read(answer));
  }

  onBroken(reason: 'connection' | 'protocol'): void {
    this.#end(reason);
  }

  /** The client's timeout is over; what became of the order is unknown unless it was never sent. */
  giveUp(): void {
    const connection = this.#connection;
    this.#end('timeout');
    connection?.destroy();
  }

  #end(outcome: Outcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.endedMs = epochMs();
    this.#connection = undefined;
    this.#onEnd(this);
  }

  /** 201, 202 and a sync 409 that names its order are acceptances. */
  #read({ status, body: text }: Answer): Outcome {
    const body = parse(text);
    if (status === 201 || status === 202) {
      const order = placed.safeParse(body);
      this.orderId = order.data?.id;
      return order.success ? 'accepted' : 'protocol';
    }
    const problem = naming.safeParse(body);
    this.orderId = problem.data?.orderId;
    return status === 409 && this.#flow === 'sync' && problem.success ? 'accepted' : String(status);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Only an error page of something in between; the caller goes by the status then.
  }
}
