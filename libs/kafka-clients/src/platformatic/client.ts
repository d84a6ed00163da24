import type { BaseOptions } from '@platformatic/kafka';
import { backoffMs } from '@sluice/core';
import type { DriverOptions } from '../driver-options.ts';

/** For calls that a caller waits for: some 5 s of attempts. */
export const briefly = 6;

/** About a minute: longer than the restart of a broker, which a membership and an unacknowledged batch should outlast. */
export const persistently = 60;

/** What all clients of the library have in common. Each has its own connections. */
export function clientOptions(options: DriverOptions, retries = briefly): BaseOptions {
  const { brokers, clientId, connectTimeoutMs = 5_000, requestTimeoutMs = 30_000 } = options;
  return {
    clientId,
    bootstrapBrokers: brokers,
    connectTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // How long the broker itself may take, e.g. to replicate.
    timeout: requestTimeoutMs,
    retries,
    retryDelay: (_client, _operation, attempt) => retryDelayMs(attempt),
    autocreateTopics: false,
  };
}

export function retryDelayMs(attempt: number): number {
  return backoffMs(attempt, { maxMs: 1_000 });
}
