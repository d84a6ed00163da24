import type { FastifyReply } from 'fastify';
import { sendProblem, toProblem } from '../problem.ts';
import { answerUnparsable } from './unparsable.ts';

/**
 * `requestTimeoutMs`: from the first byte of a request to its last. `skipMiddie`: nothing here needs Express-style
 * middleware, which would cost every request.
 */
export function serverOptions(requestTimeoutMs: number) {
  return {
    bodyLimit: 1024 * 1024,
    requestTimeout: requestTimeoutMs,
    http: {
      // Node exchanges the two when this one is the longer, and looks only every 30 s by default.
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(500, Math.ceil(requestTimeoutMs / 10)),
      // See `acceptPlainHttp`: Node's own answer has no body.
      requireHostHeader: false,
    },
    skipMiddie: true,
    /** A parameter of 64 characters of four bytes, each percent-encoded. */
    routerOptions: { maxParamLength: 64 * 12 },
    /** What the router rejects, before any hook or filter of ours. */
    frameworkErrors: (error: Error, _request: unknown, reply: FastifyReply) => sendProblem(reply, toProblem(error)),
    clientErrorHandler: answerUnparsable,
  };
}
