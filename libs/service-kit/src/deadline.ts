import { ProblemException } from './problem.ts';
import { InvalidRequest } from './validation.ts';

/** When the caller stops waiting for the answer; milliseconds since the epoch. */
export const deadlineHeader = 'x-deadline-ms';

/** The caller's deadline, if it sent one. 400 when malformed; 504 when it has passed, before any work is done. */
export function deadlineOf(header: string | string[] | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw new InvalidRequest([{ path: [deadlineHeader], message: 'must be milliseconds since the epoch' }]);
  }
  const deadline = Number(header);
  if (deadline <= now) throw deadlinePassed();
  return deadline;
}

export function deadlinePassed(details: Record<string, unknown> = {}): ProblemException {
  return new ProblemException(504, 'deadline-passed', 'The deadline of the request has passed.', details);
}
