import { HttpException } from '@nestjs/common';
import { AppError, codeOf, isMissingInDatabase, isUnavailable, type ErrorKind, scope } from '@sluice/core';
import type { FastifyReply } from 'fastify';

export const problemType = `https://${scope}.dev/problems/`;
export const problemContentType = 'application/problem+json; charset=utf-8';

/** RFC 9457. `type` ends with `code`; the members of `details` are added to the others. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  details?: Record<string, unknown>;
  headers?: Record<string, string>;
  /** The error is a defect or an outage: worth a log line with its stack. */
  log?: 'error' | 'warn';
}

/** An answer that is HTTP's business only and so has no error kind, e.g. 504. For the layer `http/`. */
export class ProblemException extends HttpException {
  constructor(
    status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(message, status);
  }
}

const statusOfKind: Record<ErrorKind, number> = {
  invalid: 422,
  'not-found': 404,
  conflict: 409,
  unavailable: 503,
  'outcome-unknown': 504,
};

/** NUL and lone surrogates: valid JSON strings that PostgreSQL can't store. */
const unstorableText = new Set(['22021', '22P05']);

const titles: Record<number, [code: string, title: string]> = {
  400: ['bad-request', 'Bad request'],
  401: ['unauthorized', 'Unauthorized'],
  403: ['forbidden', 'Forbidden'],
  404: ['not-found', 'Not found'],
  405: ['method-not-allowed', 'Method not allowed'],
  408: ['request-timeout', 'Request timeout'],
  409: ['conflict', 'Conflict'],
  413: ['payload-too-large', 'Payload too large'],
  414: ['uri-too-long', 'URI too long'],
  415: ['unsupported-media-type', 'Unsupported media type'],
  417: ['expectation-failed', 'Expectation failed'],
  422: ['invalid', 'Unprocessable'],
  429: ['too-many-requests', 'Too many requests'],
  431: ['headers-too-large', 'Header fields too large'],
  503: ['unavailable', 'Service unavailable'],
  504: ['outcome-unknown', 'The outcome is unknown'],
};

const outage: Problem = {
  ...known(503),
  detail: 'Something that this service needs does not answer. Nothing was accepted; try again.',
  headers: { 'retry-after': '1' },
};

/** Any error as a problem; what is not expected becomes a 500 that says nothing about its cause. */
export function toProblem(error: unknown): Problem {
  if (error instanceof AppError) return fromAppError(error);
  if (error instanceof ProblemException) {
    const { status, title } = known(error.getStatus());
    return { status, code: error.code, title, detail: error.message, details: error.details, headers: error.headers };
  }
  if (error instanceof HttpException) return { ...known(error.getStatus()), detail: error.message };
  if (unstorableText.has(codeOf(error) ?? '')) {
    return { ...known(400), detail: 'A text contains a character that cannot be stored, such as U+0000.' };
  }
  if (isUnavailable(error)) return { ...outage, log: 'warn' };
  // The deployment is not complete, which an operator has to see; callers can only wait.
  if (isMissingInDatabase(error)) return { ...outage, log: 'error' };
  const status = fastifyStatus(error);
  if (status) return { ...known(status), detail: (error as Error).message };
  return {
    status: 500,
    code: 'internal-error',
    title: 'Internal server error',
    detail: 'The request failed because of a defect of this service; the log has the details.',
    log: 'error',
  };
}

/** An answer that HTTP itself asks for, whatever the route. */
export function problemOf(status: number, detail: string): Problem {
  return { ...known(status), detail };
}

export function problemBody({ status, code, title, detail, details }: Problem): Record<string, unknown> {
  return { ...details, type: `${problemType}${code}`, title, status, code, detail };
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply
    .status(problem.status)
    .headers(problem.headers ?? {})
    .header('content-type', problemContentType)
    .send(JSON.stringify(problemBody(problem)));
}

function fromAppError(error: AppError): Problem {
  const { status, title } = known(statusOfKind[error.kind]);
  const headers: Record<string, string> =
    error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfterSeconds)) };
  const log = error.kind === 'outcome-unknown' ? { log: 'warn' as const } : {};
  return { status, code: error.code, title, detail: error.message, details: error.details, headers, ...log };
}

function known(status: number): Pick<Problem, 'status' | 'code' | 'title'> {
  const [code, title] = titles[status] ?? (status < 500 ? ['request-refused', 'Refused'] : ['internal-error', 'Error']);
  return { status, code, title };
}

/** Fastify's own errors carry the status that they mean; only what blames the caller is passed on. */
function fastifyStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return undefined;
  const { code, statusCode } = error;
  if (typeof code !== 'string' || !code.startsWith('FST_') || typeof statusCode !== 'number') return undefined;
  return statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
