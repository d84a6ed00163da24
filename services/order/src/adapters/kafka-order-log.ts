import type { OnModuleDestroy } from '@nestjs/common';
import { AppError, newId } from '@sluice/core';
import { encodeEvent, sourceUrn } from '@sluice/messaging';
import { Producer, type KafkaDriver } from '@sluice/kafka';
import { schemaUrn } from '@sluice/messaging/contract';
import { intakeTopic, orderAccepted } from '@sluice/contracts';
import { within } from '@sluice/service-kit';

import { OrderLog, type PlaceOrderRequest } from '../app/ports.ts';
import { OutcomeUnknown, Overloaded } from '../domain/errors.ts';
import { IntakeLag } from './intake-lag.ts';

export interface KafkaOrderLogOptions {
  /** Name of the service: its consumer group places what is in the log. */
  service: string;
  /** Requests on their way into the log; one more is refused. */
  maxPending: number;
  /** How long a request waits to be sent, and as long again for its acknowledgement; milliseconds. */
  timeoutMs: number;
  /**
   * Called after each acknowledgement: the time that it took in milliseconds, and how many requests were on their way
   * with it, itself included: when it was sent or when it was acknowledged, whichever were more.
   */
  onAcknowledged?: (waitMs: number, pending: number) => void;
}

const bufferMemory = 16 * 1_048_576;
/** While Kafka is away one request each time finds out whether it is back. */
const probeMs = 1_000;
const lagTimeoutMs = 1_000;
const closeTimeoutMs = 500;
const dataSchema = schemaUrn(orderAccepted.type, orderAccepted.dataVersion);

/**
 * Appends to `orders.intake.v1`. Its producer is its own: requests don't wait behind the outbox's batches, and it gives
 * up while a client still waits. Concurrent requests share a batch, as in every `Producer`. See docs/adr/0014.
 */
export class KafkaOrderLog extends OrderLog implements OnModuleDestroy {
  readonly lag: IntakeLag;
  private readonly producer: Producer;
  private readonly source: string;
  private inFlight = 0;
  private away = false;
  private probeAt = 0;

  constructor(
    driver: KafkaDriver,
    private readonly options: KafkaOrderLogOptions,
  ) {
    super();
    const { service, timeoutMs } = options;
    this.producer = new Producer(driver, { bufferMemory, maxBlockMs: timeoutMs, deliveryTimeoutMs: timeoutMs });
    this.source = sourceUrn(service);
    this.lag = new IntakeLag(driver, service);
  }

  /** Requests that Kafka has not answered yet. */
  get pending(): number {
    return this.inFlight;
  }

  get full(): boolean {
    return this.inFlight >= this.options.maxPending || this.producer.bufferedBytes >= bufferMemory;
  }

  override async append(request: PlaceOrderRequest, acceptedAt: Date, deadlineMs?: number): Promise<void> {
    if (this.full) throw new Overloaded('intake-full', 'Too many orders are on their way; nothing was accepted.');
    if (!this.mayTry()) throw unavailable();
    const delivery = this.deliver(request, acceptedAt);
    if (deadlineMs === undefined) return delivery;
    return within(deadlineMs - Date.now(), 'the acknowledgement', () => delivery).catch((cause: unknown) => {
      if (cause instanceof AppError || cause instanceof OutcomeUnknown) throw cause;
      // The producer may still send it, so nobody can be told that it was not accepted.
      throw new OutcomeUnknown('Kafka did not acknowledge the order before the deadline.', request.id, { cause });
    });
  }

  override holdsMore(): Promise<boolean> {
    const asked = within(lagTimeoutMs, 'reading the lag', () => this.lag.read());
    return asked.then(
      (waiting) => waiting > 0,
      () => true,
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.producer.close(closeTimeoutMs);
  }

  private async deliver(request: PlaceOrderRequest, acceptedAt: Date): Promise<void> {
    const since = performance.now();
    const before = ++this.inFlight;
    try {
      await this.producer.send(this.recordOf(request, acceptedAt));
      this.away = false;
      this.options.onAcknowledged?.(performance.now() - since, Math.max(before, this.inFlight));
    } catch (cause) {
      this.away = true;
      this.probeAt = Date.now() + probeMs;
      const unknown = cause instanceof AppError && cause.code === 'not-acknowledged';
      if (!unknown) throw unavailable(cause);
      throw new OutcomeUnknown('Kafka did not acknowledge the order; it may have it.', request.id, { cause });
    } finally {
      this.inFlight -= 1;
    }
  }

  /** After a failure only now and then: a client that is refused at once can do something else. */
  private mayTry(): boolean {
    if (!this.away) return true;
    if (Date.now() < this.probeAt) return false;
    this.probeAt = Date.now() + probeMs;
    return true;
  }

  private recordOf(request: PlaceOrderRequest, acceptedAt: Date) {
    const { id: orderId, customerId, email, currency, lines, deadlineAt, idempotency, traceparent } = request;
    const data = { orderId, customerId, email, currency, lines, deadlineAt, idempotency };
    const { type } = orderAccepted;
    const time = acceptedAt.toISOString();
    const envelope = { id: newId(), source: this.source, type, dataSchema, time, key: orderId, version: 1 };
    return { topic: intakeTopic.name, ...encodeEvent({ ...envelope, traceparent, payload: JSON.stringify(data) }) };
  }
}

function unavailable(cause?: unknown): Overloaded {
  return new Overloaded('log-unavailable', 'Kafka takes no orders now; nothing was accepted.', { cause });
}
