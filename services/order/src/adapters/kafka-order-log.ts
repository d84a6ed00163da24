import type { OnModuleDestroy } from '@nestjs/common';
import { AppError, HalfOpenProbe, newId, OutcomeUnknown, withTimeout } from '@sluice/core';
import { encodeEvent, sourceUrn } from '@sluice/messaging';
import { Producer, type KafkaDriver } from '@sluice/kafka';
import { schemaUrn } from '@sluice/messaging/contract';
import { intakeTopic, orderAccepted } from '@sluice/contracts';
import { OrderLog, type PlaceOrderRequest } from '../app/ports.ts';
import { InvalidOrder, Overloaded } from '../domain/errors.ts';
import type { BreakerState } from './breaker.metrics.ts';
import { IntakeLag } from './intake-lag.ts';

export interface KafkaOrderLogOptions {
  /** Name of the service: its consumer group places what is in the log. */
  service: string;
  /** Requests on their way into the log; one more is rejected. */
  maxPending: number;
  /** How long a request waits to be sent, and as long again for its acknowledgement; milliseconds. */
  timeoutMs: number;
  /** Called after each acknowledgement with the time that it took; milliseconds. */
  onAcknowledged?: (waitMs: number) => void;
  /** Called when the topic of the log was deleted. */
  onMissingTopic?: () => void;
}

const bufferMemory = 16 * 1_048_576;
/** Codes of errors that are about one record. */
const refusals = new Set(['record-refused', 'record-too-large']);
const lagTimeoutMs = 1_000;
const closeTimeoutMs = 500;
const dataSchema = schemaUrn(orderAccepted.type, orderAccepted.dataVersion);

/**
 * Appends to `orders.intake.v1`. Its producer is its own: requests don't wait behind the outbox's batches, and it gives
 * up while a client still waits. Concurrent requests share a batch, as in every `Producer`. See docs/adr/0014.
 */
export class KafkaOrderLog extends OrderLog implements OnModuleDestroy {
  readonly lag: IntakeLag;
  readonly #producer: Producer;
  readonly #source: string;
  /** While Kafka is unavailable: a client that is rejected at once can do something else. */
  readonly #probe = new HalfOpenProbe(1_000);
  #inFlight = 0;

  constructor(
    driver: KafkaDriver,
    private readonly options: KafkaOrderLogOptions,
  ) {
    super();
    const { service, timeoutMs, onMissingTopic } = options;
    const times = { maxBlockMs: timeoutMs, deliveryTimeoutMs: timeoutMs };
    this.#producer = new Producer(driver, { bufferMemory, ...times, ...(onMissingTopic && { onMissingTopic }) });
    this.#source = sourceUrn(service);
    this.lag = new IntakeLag(driver, service);
  }

  /** Requests that Kafka has not answered yet. */
  get pending(): number {
    return this.#inFlight;
  }

  get full(): boolean {
    return this.#inFlight >= this.options.maxPending || this.#producer.bufferedBytes >= bufferMemory;
  }

  /** Never half-open: one request per second tries while it is open. */
  get breaker(): BreakerState {
    return this.#probe.isOpen ? 'open' : 'closed';
  }

  override async append(request: PlaceOrderRequest, acceptedAt: Date, deadlineMs?: number): Promise<void> {
    if (this.full) throw new Overloaded('intake-full', 'Too many orders are on their way; nothing was accepted.');
    if (!this.#probe.mayTry()) throw unavailable();
    const delivery = this.#deliver(request, acceptedAt);
    if (deadlineMs === undefined) return delivery;
    // The producer may still send it, so "not accepted" would be wrong.
    const late = () => unknown(request, 'Kafka did not acknowledge the order before the deadline.');
    return withTimeout(delivery, deadlineMs - Date.now(), late);
  }

  override holdsMore(): Promise<boolean> {
    return withTimeout(this.lag.read(), lagTimeoutMs, 'reading the lag').then(
      (waiting) => waiting > 0,
      () => true,
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.#producer.close(closeTimeoutMs);
  }

  async #deliver(request: PlaceOrderRequest, acceptedAt: Date): Promise<void> {
    const since = performance.now();
    this.#inFlight += 1;
    try {
      await this.#producer.send(this.#recordOf(request, acceptedAt));
      this.#probe.succeeded();
      this.options.onAcknowledged?.(performance.now() - since);
    } catch (cause) {
      const code = cause instanceof AppError ? cause.code : '';
      // One order's fault: Kafka takes those of the others.
      if (refusals.has(code)) throw new InvalidOrder('Kafka refuses the order, which may be too large.', { cause });
      this.#probe.failed();
      if (code !== 'not-acknowledged') throw unavailable(cause);
      throw unknown(request, 'Kafka did not acknowledge the order; it may have it.', cause);
    } finally {
      this.#inFlight -= 1;
    }
  }

  #recordOf(request: PlaceOrderRequest, acceptedAt: Date) {
    const { id: orderId, customerId, email, currency, lines, flow, deadlineAt, idempotency } = request;
    const data = { orderId, customerId, email, currency, lines, flow, acceptedAt, deadlineAt, idempotency };
    const { type } = orderAccepted;
    const { traceparent, tracestate } = request;
    const time = acceptedAt.toISOString();
    const envelope = { id: newId(), source: this.#source, type, dataSchema, time, key: orderId, version: 1 };
    return {
      topic: intakeTopic.name,
      ...encodeEvent({ ...envelope, traceparent, tracestate, payload: JSON.stringify(data) }),
    };
  }
}

function unknown({ id: orderId }: PlaceOrderRequest, message: string, cause?: unknown): OutcomeUnknown {
  return new OutcomeUnknown(message, { details: { orderId }, cause });
}

function unavailable(cause?: unknown): Overloaded {
  return new Overloaded('log-unavailable', 'Kafka takes no orders now; nothing was accepted.', { cause });
}
