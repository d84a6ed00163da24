import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** What the stub does with a request; `hang` never answers. */
export type StubAnswer = { status: number; body?: unknown; headers?: Record<string, string> } | 'hang' | 'reset';
type Answering = (request: StubRequest) => StubAnswer | Promise<StubAnswer>;

/** A real HTTP server that stands for another service: answers as configured, remembers its requests. */
export class StubServer implements AsyncDisposable {
  readonly requests: StubRequest[] = [];
  answer: Answering;

  private constructor(
    private readonly server: Server,
    answer: Answering,
  ) {
    this.answer = answer;
  }

  static async start(answer: Answering): Promise<StubServer> {
    const server = createServer((request, response) => void stub.#handle(request, response));
    const stub = new StubServer(server, answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests about an order, e.g. `POST /reservations`. */
  about(orderId: string): string[] {
    return this.requests.filter((one) => mentions(one, orderId)).map(({ method, path }) => `${method} ${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    this.requests.push(seen);
    const answer = await this.answer(seen);
    if (answer === 'hang') return;
    if (answer === 'reset') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }
}

function mentions({ path, body }: StubRequest, orderId: string): boolean {
  return (
    path.includes(orderId) ||
    (typeof body === 'object' && body !== null && 'orderId' in body && body.orderId === orderId)
  );
}
