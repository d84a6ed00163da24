import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { problemBody, problemContentType, problemOf, sendProblem, type Problem } from '../problem.ts';
import { endWithProblem } from './unparsable.ts';

/** Rejects, by problems of ours, what Node would answer without a body and what no handler could read. */
export function acceptPlainHttp(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const problem = objection(request.raw);
    if (problem) sendProblem(reply, problem);
    else done();
  });
  fastify.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(problemBody(problemOf(417, 'The only expectation that is met here is 100-continue.')));
    const headers = { 'content-type': problemContentType, 'content-length': Buffer.byteLength(body) };
    response.writeHead(417, headers).end(body);
  });
  fastify.server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    endWithProblem(socket, 405, 'This is no proxy.', ['allow: ']);
  });
}

function objection({ headers, httpVersionMinor }: IncomingMessage): Problem | undefined {
  if (httpVersionMinor > 0 && headers.host === undefined) {
    return problemOf(400, 'A request in HTTP/1.1 has a Host header.');
  }
  const coding = headers['content-encoding'] || 'identity';
  if (coding.toLowerCase() === 'identity') return undefined;
  const detail = `A body is read as it is, not in the coding ${JSON.stringify(coding.slice(0, 40))}.`;
  return { ...problemOf(415, detail), headers: { 'accept-encoding': 'identity' } };
}
