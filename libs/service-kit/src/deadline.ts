import { Logger } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { OutcomeUnknown, withTimeout } from '@sluice/core';
import { ProblemException } from './problem.ts';
import { InvalidRequest } from './validation.ts';

/** When the caller stops waiting for the answer; milliseconds since the epoch. */
export const deadlineHeader = 'x-deadline-ms';

/** No caller waits longer than this for an answer; milliseconds. A deadline that is further away counts as this. */
const longestWaitMs = 600_000;

/** A deadline that passed this long ago is in seconds, or no time at all; milliseconds. */
const longGoneMs = 86_400_000;

/** Describes the header of a route. */
export const ApiDeadline = () =>
  ApiHeader({
    name: deadlineHeader,
    required: false,
    description:
      'Until when the caller waits: milliseconds since the epoch. A time that has passed is answered by 504, one that ' +
      'is long gone by 400, before anything is done.',
    schema: { type: 'string', pattern: String.raw`^\d{13,}$` },
  });

/**
 * The caller's deadline, if it sent one; at most ten minutes from now. 400 when malformed or long gone; 504 when it has
 * passed, before any work is done.
 */
export function deadlineOf(header: string | string[] | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^\d+$/.test(header)) {
    throw new InvalidRequest([{ path: [deadlineHeader], message: 'must be milliseconds since the epoch' }]);
  }
  const deadline = Number(header);
  if (deadline < now - longGoneMs) {
    throw new InvalidRequest([{ path: [deadlineHeader], message: 'is long gone, in milliseconds since the epoch' }]);
  }
  if (deadline <= now) throw deadlinePassed();
  return Math.min(deadline, now + longestWaitMs);
}

export function deadlinePassed(details: Record<string, unknown> = {}): ProblemException {
  return new ProblemException(504, 'deadline-passed', 'The deadline of the request has passed.', details);
}

const logger = new Logger('http');

/** An answer that comes at the last moment is worth more to the caller than none. */
const graceMs = 500;

/**
 * What `work` does, or `OutcomeUnknown` soon after the deadline (epoch milliseconds), whatever `work` waits for then: a turn,
 * a connection, a lock, an answer. The work goes on.
 */
export async function untilDeadline<T>(
  work: Promise<T>,
  deadlineMs: number | undefined,
  details: Record<string, unknown> = {},
): Promise<T> {
  if (deadlineMs === undefined) return work;
  const late = (): Error => new OutcomeUnknown('The deadline passed before the outcome was known.', { details });
  const afterwards = (err: unknown): void => logger.warn({ err, ...details }, 'a request failed after its answer');
  return withTimeout(work, deadlineMs + graceMs - Date.now(), late, afterwards);
}
