import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';

const maxBodyBytes = 64 * 1024;

/** A failure with its HTTP status; `message` is sent to the client. */
export class HttpProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What the tools' small control servers share: the answer of `handle` is sent as JSON, a TypeError becomes 400, an
 * HttpProblem its status, anything else 500; errors as problem+json.
 */
export function jsonHandler(handle: (request: IncomingMessage, url: URL) => Promise<unknown>): RequestListener {
  return (request, response) => {
    answer(request, handle).then(
      (body) => send(response, 200, 'application/json', body),
      (error: unknown) => {
        const status = error instanceof HttpProblem ? error.status : error instanceof TypeError ? 400 : 500;
        const detail = error instanceof Error ? error.message : String(error);
        send(response, status, 'application/problem+json', { type: 'about:blank', status, detail });
      },
    );
  };
}

/** Rejects with 413 above 64 KiB and 400 when it is not JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new HttpProblem(413, `the body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new HttpProblem(400, 'the body is not JSON');
  }
}

/** Throws a TypeError that names the field: a client gets a 400. */
export function validated<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = schema.safeParse(value);
  if (error) throw new TypeError(z.prettifyError(error));
  return data;
}

async function answer(
  request: IncomingMessage,
  handle: (request: IncomingMessage, url: URL) => Promise<unknown>,
): Promise<unknown> {
  const target = request.url ?? '/';
  if (!URL.canParse(target, 'http://sink')) throw new HttpProblem(400, 'the request target is not a URL');
  return handle(request, new URL(target, 'http://sink'));
}

function send(response: ServerResponse, status: number, type: string, body: unknown): void {
  response.writeHead(status, { 'content-type': type });
  response.end(JSON.stringify(body));
}
