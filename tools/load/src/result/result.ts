import type { Machine, Revision, Versions } from '@sluice/kit/machine';
import type { Flow } from '../plan/flow-plan.ts';
import type { DatesRead } from '../replay/date-order.ts';
import type { FinalState } from '../replay/final-state.ts';
import type { Ledger } from '../ledger/snapshot.ts';

/** Percentiles in milliseconds; null when there was nothing to measure. */
export interface Percentiles {
  p50: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
}

export interface FlowResult {
  /** Where an accepted order is when its client gets the answer, and what that survives. */
  durability: string;
  /** Scheduled orders, those included that never left the client's own queue. */
  offered: number;
  /** 201, 202 or a synchronous 409, within 10 s of the intended time. */
  accepted: number;
  /** Accepted, terminal, and the notification taken by the provider. */
  completed: number;
  /** Completed orders that were rejected for want of stock. */
  rejected: number;
  /** Why the other orders were not accepted: HTTP status, `timeout` or `connection` → count. */
  errors: Record<string, number>;
  /** Orders per second by the schedule, from its start to its last order. */
  intendedRate: number;
  /** Requests per second that really left, over the same span. */
  achievedRate: number;
  /** Intended time → response, of accepted orders. */
  ackMs: Percentiles;
  /** Intended time → error known, of the others. */
  errorMs: Percentiles;
  /** Intended time → the provider took the mail, of completed orders. */
  endToEndMs: Omit<Percentiles, 'p999'>;
  /** Accepted minus completed orders, sampled each 200 ms. */
  peakLag: number;
  idealPeakLag: number;
  /** Integral of the lag, order-seconds. */
  lagArea: number;
  idealLagArea: number;
  /** End of the burst → backlog gone; null when it never was. */
  drainSeconds: number | null;
  idealDrainSeconds: number;
  downstream: {
    /** Mails per second: slots / latency. */
    capacity: number;
    /** Most mails that the provider took within one half-open second. */
    maxRate: number;
    maxConcurrency: number;
    refusals: number;
  };
  ledger: Ledger;
}

/** What became of a replayed file. */
export interface ReplayResult {
  file: string;
  rows: number;
  orders: number;
  replayedRows: number;
  skipped: Record<string, number>;
  /** How dates such as `3/4/2011` were read, and why; `any`: it made no difference. */
  dates: DatesRead;
  /** The first invalid rows, a sentence each. */
  invalidRows: string[];
  /** Null when the flows did not end alike. */
  confirmedHash: string | null;
  finalStockHash: string | null;
  /** What the file asks for: every order confirmed. Absent when stock was made scarce. */
  expected?: FinalState;
  flows: Partial<Record<Flow, FinalState>>;
}

export interface Result {
  seed: number;
  /** RFC 3339. */
  startedAt: string;
  machine: Machine;
  versions: Versions;
  revision: Revision | null;
  parameters: Record<string, unknown>;
  replay?: ReplayResult;
  flows: Partial<Record<Flow, FlowResult>>;
}
