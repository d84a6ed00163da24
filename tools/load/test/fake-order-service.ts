import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An order service that only answers: what the load makes of answers is tested against it. */
export class FakeOrderService implements AsyncDisposable {
  requests = 0;
  /** Whether it tells that it is alive. */
  isAlive = true;
  /** That were open when the first order came. */
  connectionsBefore = 0;
  readonly #server: Server;
  #answer: Answer;

  constructor(answer: Answer = accept) {
    this.#answer = answer;
    let opened = 0;
    // Without a timeout, so that a connection that is closed was closed by what is tested.
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      if (request.url === '/livez') return void (this.isAlive && reply(response, 200, {}));
      if (this.requests++ === 0) this.connectionsBefore = opened;
      request.resume().on('end', () => this.#answer(request, response));
    });
    this.#server.on('connection', () => opened++);
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

export function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

export function accept(_request: IncomingMessage, response: ServerResponse): void {
  reply(response, 202, { id: randomUUID(), status: 'PENDING' });
}
