import { baseConfig, closingMs, fitsInto, httpUrl, wholeNumber, type ConfigOf } from '@sluice/service-kit';
import { z } from 'zod';

const variables = baseConfig.extend({
  INVENTORY_URL: httpUrl,
  NOTIFICATION_URL: httpUrl,
  /** An asynchronous order that is still open after this is cancelled; milliseconds, at most 30 days. */
  ORDER_DEADLINE_MS: wholeNumber(1, 30 * 86_400_000).default(900_000),
  /** A synchronous request is answered within this; milliseconds. Its order is cancelled 5 s later if it is still open. */
  SYNC_DEADLINE_MS: wholeNumber(500, 60_000).default(5_000),
  /** Synchronous requests under way at a time; one more is shed with 503. */
  SYNC_MAX_IN_FLIGHT: wholeNumber(1, 100_000).default(256),
  /** Connections to each downstream. */
  SYNC_CONNECTIONS: wholeNumber(1, 10_000).default(64),
  /** Most orders of one transaction at the intake. */
  INTAKE_BATCH_SIZE: wholeNumber(1, 1_000).default(128),
  /** Orders that wait for their transaction; one more is shed with 503. */
  INTAKE_QUEUE_SIZE: wholeNumber(1, 100_000).default(2_000),
  /** New orders per second, of all flows; one more is shed with 429. Default: no limit. */
  INTAKE_MAX_PER_SECOND: wholeNumber(1, 1_000_000).optional(),
  /** Whether publishing and consuming are limited while the machine is saturated with new orders. */
  BACKGROUND_THROTTLING: z.enum(['on', 'off']).default('off'),
  /** Part of what saturated means: most orders wait longer than this for their commit or for Kafka; milliseconds. */
  INTAKE_LATENCY_THRESHOLD_MS: wholeNumber(1, 60_000).default(10),
  /** Orders of flow=log that Kafka has not acknowledged; one more is shed with 503. */
  LOG_MAX_PENDING: wholeNumber(1, 100_000).default(4_000),
  /** How long an order of flow=log waits to be sent to Kafka, and as long again for the answer; milliseconds. */
  LOG_TIMEOUT_MS: wholeNumber(100, 60_000).default(2_000),
  /** Kafka `flush.messages` of orders.intake.v1 when it is created; default the broker's, which leaves it to the system. */
  LOG_FLUSH_MESSAGES: wholeNumber(1, 2 ** 31 - 1).optional(),
  /** Requests that wait for an order or follow its events at a time; one more is shed with 503. */
  MAX_FOLLOWERS: wholeNumber(1, 100_000).default(1_000),
  /** How often overdue orders and failed compensations are looked for; milliseconds. */
  SWEEP_INTERVAL_MS: wholeNumber(10, 600_000).default(1_000),
});

/** What may be under way when the service is stopped: it is waited for. */
export const orderConfig = variables.check(
  fitsInto('SYNC_DEADLINE_MS', 'SHUTDOWN_TIMEOUT_MS', { spareMs: closingMs }),
  fitsInto('LOG_TIMEOUT_MS', 'SHUTDOWN_TIMEOUT_MS', { spareMs: closingMs, times: 2 }),
);
export type OrderConfig = ConfigOf<typeof orderConfig>;
