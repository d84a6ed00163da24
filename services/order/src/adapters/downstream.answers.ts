import { causes } from '@sluice/core';
import { isBrokenCircuitError } from 'cockatiel';
import { z } from 'zod';
import type { CallFailure } from '../domain/errors.ts';

export interface Answer {
  status: number;
  text: string;
  /** The header as it came. */
  retryAfter?: string | undefined;
}

/** A longer wait that the other side asks for counts as this; milliseconds. */
const longestRetryAfterMs = 300_000;

/** Request timeout, too early, too many requests, and not accepted: the same request may be taken later. */
const refusedForNow = new Set([408, 425, 429, 503]);

const problem = z.object({ code: z.string() });

/** How a call failed that was answered with a status that its caller does not expect. */
export function failureOfAnswer({ status }: Answer): CallFailure {
  if (refusedForNow.has(status)) return 'unavailable';
  if (status >= 400 && status < 500) return 'refused';
  return status === 504 ? 'timeout' : 'failed';
}

/** How a call failed that got no answer. */
export function failureOfError(error: unknown): CallFailure {
  if (isBrokenCircuitError(error) || [...causes<NodeJS.ErrnoException>(error)].some(isAboutConnecting)) {
    return 'unavailable';
  }
  return isTimeout(error) ? 'timeout' : 'failed';
}

/** The time of the call was over. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/** The `code` of the problem that an answer is, if it is one. */
export function problemCodeOf({ text }: Answer): string | undefined {
  return problem.safeParse(parsed(text)).data?.code;
}

/** How long the other side asked to wait; 0 when it did not. A date is not read: clocks differ. */
export function retryAfterMsOf({ retryAfter = '' }: Answer): number {
  return /^\d+$/.test(retryAfter) ? Math.min(Number(retryAfter) * 1_000, longestRetryAfterMs) : 0;
}

/** There was no connection, so that nothing was sent. */
function isAboutConnecting({ code, syscall }: NodeJS.ErrnoException): boolean {
  return syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
