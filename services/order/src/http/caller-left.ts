import type { FastifyReply } from 'fastify';

/**
 * Aborted when the connection is closed before the answer is complete, and after it. Not the `signal` of Fastify's request,
 * which is aborted when the request has been read.
 */
export function callerLeft({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  if (raw.destroyed) left.abort();
  else raw.once('close', () => left.abort());
  return left.signal;
}
