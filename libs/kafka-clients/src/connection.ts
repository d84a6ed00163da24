import { withTimeout } from '@sluice/core';
import type { DriverOptions } from './driver-options.ts';

/** A client tries a connection several times by itself; together these attempts are given this long. */
const connectAttempts = 2;
const closeTimeoutMs = 5_000;
export const defaultMetadataMaxAgeMs = 30_000;

export interface Timeouts {
  connectMs: number;
  /** Longest that a call made of several requests and retries may take before it is given up. */
  callMs: number;
}

export function timeoutsOf({ connectTimeoutMs = 5_000, requestTimeoutMs = 30_000 }: DriverOptions): Timeouts {
  return { connectMs: connectAttempts * connectTimeoutMs, callMs: 2 * requestTimeoutMs + 15_000 };
}

/** Answers the connection once `connecting` resolves. It is closed when that fails or takes too long. */
export async function connected<T extends { close(): Promise<void> }>(
  connection: T,
  connecting: Promise<unknown>,
  timeoutMs: number,
  what: string,
): Promise<T> {
  try {
    await withTimeout(connecting, timeoutMs, `connecting ${what}`);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Never rejects and never takes long: a connection that can't be closed in order is left to its sockets' timeouts. */
export async function closed(closing: Promise<unknown>): Promise<void> {
  await withTimeout(closing, closeTimeoutMs, 'closing a connection').catch(() => undefined);
}
