import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Dispatcher } from 'undici';
import type { Flow, PlannedOrder } from '../plan/flow-plan.ts';
import { epochMs } from './clock.ts';

/** How an order ended for its client; anything but `accepted` is a kind of error. */
export type Outcome = 'accepted' | 'timeout' | 'connection' | 'protocol' | (string & {});

const placed = z.looseObject({ id: z.uuid() });
const settled = z.looseObject({ orderId: z.uuid() });

/** One order on its way: undici's handler and the record of what happened, in one object to keep sending cheap. */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly order: PlannedOrder;
  readonly intendedMs: number;
  /** When the request went to a connection; `undefined` while it waits for one. */
  sentMs: number | undefined;
  /** When the whole response was there, or it was given up. */
  endedMs: number | undefined;
  outcome: Outcome | undefined;
  /** Known from any answer that names an order, also a refusal. */
  orderId: string | undefined;
  /** The header of a refusal. */
  retryAfter: string | undefined;

  private readonly flow: Flow;
  private readonly onEnd: (attempt: Attempt) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private body = '';

  constructor(flow: Flow, order: PlannedOrder, intendedMs: number, onEnd: (attempt: Attempt) => void) {
    this.flow = flow;
    this.order = order;
    this.intendedMs = intendedMs;
    this.onEnd = onEnd;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.outcome !== undefined) return controller.abort(new Error('given up before it was sent'));
    this.controller = controller;
    this.sentMs = epochMs();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.retryAfter = headers['retry-after'];
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.body += chunk.toString();
  }

  onResponseEnd(): void {
    this.end(this.read());
  }

  onResponseError(): void {
    this.end('connection');
  }

  /** The client's patience is over; what became of the order is unknown unless it was never sent. */
  giveUp(): void {
    const { controller } = this;
    this.end('timeout');
    controller?.abort(new Error('the client gave up'));
  }

  private end(outcome: Outcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.endedMs = epochMs();
    this.body = '';
    // It holds on to the whole request, and there may be hundreds of thousands of attempts.
    this.controller = undefined;
    this.onEnd(this);
  }

  /** 201, 202 and a sync 409 that names its order are acceptances. */
  private read(): Outcome {
    const body = parse(this.body);
    if (this.status === 201 || this.status === 202) {
      const order = placed.safeParse(body);
      this.orderId = order.data?.id;
      return order.success ? 'accepted' : 'protocol';
    }
    const problem = settled.safeParse(body);
    this.orderId = problem.data?.orderId;
    return this.status === 409 && this.flow === 'sync' && problem.success ? 'accepted' : String(this.status);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Only an error page of something in between; the caller goes by the status then.
  }
}
