import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { failuresOf, runClosedLoop, succeeded } from '../src/load/closed-loop.ts';

let server: TcpServer;

afterEach(() => void server.close());

function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  return listen(createServer(handle));
}

async function listen(made: TcpServer): Promise<string> {
  server = made;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
}

const never = new AbortController().signal;

describe('the closed loop', () => {
  it('has one request under way for each connection, and returns what was answered and what it cost', async () => {
    const seen = new Set<string>();
    let [underWay, most, requests] = [0, 0, 0];
    const url = await serve((request, response) => {
      most = Math.max(most, ++underWay);
      void text(request).then((body) => {
        seen.add(body);
        setTimeout(() => {
          underWay -= 1;
          response.writeHead(++requests % 4 === 0 ? 429 : 202, { 'content-length': 0 }).end();
        }, 20);
      });
    });
    const bodies = ['"a"', '"b"', '"c"'];
    const result = await runClosedLoop({ url, bodies, connections: 3, seconds: 1 }, never);
    expect(most).toBe(3);
    expect([...seen].sort()).toEqual(bodies);
    expect(succeeded(result)).toBe(result.answers['202']);
    expect(failuresOf(result)).toBe(result.answers['429']);
    // What was under way at the end has no answer.
    expect(requests - succeeded(result) - failuresOf(result)).toBeLessThanOrEqual(3);
    expect(result.latency.p50).toBeGreaterThanOrEqual(20);
    expect(result.latency.p99).toBeGreaterThanOrEqual(result.latency.p50);
    expect(result.cpuMicros).toBeGreaterThan(0);
  });

  it('reads answers that come in pieces, and goes on where a connection breaks', async () => {
    let requests = 0;
    const url = await listen(
      createTcpServer({ noDelay: true }, (socket) => {
        // At the end the client goes in the middle of an answer.
        socket.on('error', () => undefined);
        socket.on('data', () => {
          requests += 1;
          if (requests === 5) return void socket.destroy();
          const pieces = ['HTTP/1.1 200 OK\r\ncontent-', 'length: 4\r\n\r', '\n"a', 'b"'];
          const next = (): void => {
            const piece = pieces.shift();
            if (piece !== undefined && !socket.destroyed) socket.write(piece, () => setTimeout(next, 2));
          };
          next();
        });
      }),
    );
    const result = await runClosedLoop({ url, method: 'GET', connections: 1, seconds: 1 }, never);
    expect(result.answers).toEqual({ 200: expect.any(Number) as number });
    expect(result.answers['200']).toBeGreaterThan(5);
    expect(result.errors).toBe(1);
  });

  it('ends when it is aborted', async () => {
    const ending = new AbortController();
    const url = await serve((_request, response) => {
      response.end();
      ending.abort(new Error('enough'));
    });
    await expect(runClosedLoop({ url, method: 'GET', seconds: 60 }, ending.signal)).rejects.toThrow();
  });
});
