import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { codeOf } from '@sluice/core';
import { problemBody, problemContentType, problemOf } from '../problem.ts';

/** How long what a client still sends is thrown away: closing at once would reset its connection, and lose our answer. */
const lingerMs = 1_000;

const parserErrors: Record<string, [status: number, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive completely in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The request line and the header fields have more than 16 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of a chunk are too long.'],
};

/** Node's own, on every socket of its HTTP server. */
type HttpSocket = Socket & { _httpMessage?: ServerResponse | null };

/** For Fastify's `clientErrorHandler`: what HTTP's parser rejects, before there is a request, gets a problem as well. */
export function answerUnparsable(error: Error, socket: HttpSocket): void {
  // Also once more for each piece of what is thrown away.
  if (socket.writableEnded) return;
  const code = codeOf(error) ?? '';
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
  const answer = socket._httpMessage;
  // One that has begun, or that belongs to an earlier request, is finished first.
  if (answer?.headersSent || answer?.req.complete) return closeAfter(answer, socket);
  const [status, detail] = parserErrors[code] ?? [400, `This is not HTTP/1.1: ${error.message}.`];
  endWithProblem(socket, status, detail);
}

function closeAfter(answer: ServerResponse, socket: Socket): void {
  answer.shouldKeepAlive = false;
  answer.once('finish', () => socket.destroySoon());
}

/** Writes the whole answer and closes the connection. */
export function endWithProblem(socket: Socket, status: number, detail: string, headers: string[] = []): void {
  const body = JSON.stringify(problemBody(problemOf(status, detail)));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
