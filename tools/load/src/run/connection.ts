import { connect, type Socket } from 'node:net';
import { Answer } from './answer.ts';

export type { Answer };

/** Who waits for an answer: exactly one of `onAnswer` and `onBroken` is called. */
export interface Exchange {
  /** The request is on an open connection. */
  onSent?(): void;
  onAnswer(answer: Answer): void;
  /** There will be none: `connection`, it could not be opened or broke; `protocol`, what came can't be read. */
  onBroken(reason: 'connection' | 'protocol'): void;
}

export interface ConnectionOptions {
  url: URL;
  /** Another request may be sent; called after the exchange. */
  onFree: (connection: Connection) => void;
  /** It can't be used any more; called after the exchange. */
  onClosed: (connection: Connection) => void;
  /** Closed when nothing came for so long; default: never. */
  timeoutMs?: number;
}

const nothing = Buffer.alloc(0);

/**
 * A connection in plain HTTP with one request under way at a time. A generator shares its machine with what it measures
 * and has to be cheap: this knows no more of HTTP than services answer to an order, a head with the body's length.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  #exchange: Exchange | undefined;
  /** What came of an answer that is not complete yet. */
  #received: Buffer = nothing;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { hostname, port } = options.url;
    const socket = connect({ host: hostname, port: Number(port || 80), noDelay: true });
    this.#socket = socket;
    if (options.timeoutMs !== undefined) socket.setTimeout(options.timeoutMs, () => socket.destroy());
    socket.on('connect', () => this.#exchange?.onSent?.());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // What broke it does not matter, and 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#exchange?.onBroken('connection');
      options.onClosed(this);
    });
  }

  /** False when it is broken, or the server has closed it; a connection that is being opened counts as open. */
  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Waits until it is open. Only while nothing else is under way. */
  send(request: string, exchange: Exchange): void {
    this.#exchange = exchange;
    this.#socket.write(request);
    if (!this.#socket.connecting) exchange.onSent?.();
  }

  /** What is under way stays without an answer. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const exchange = this.#exchange;
    // It answers no request, and the next request must not get it.
    if (!exchange) return this.destroy();
    const bytes = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const answer = Answer.begun(bytes);
    if (!answer || answer.missingBytes > 0) {
      this.#received = bytes;
      return;
    }
    this.#received = nothing;
    this.#exchange = undefined;
    // Without its length, or followed by bytes that answer no request.
    const isReadable = answer.missingBytes === 0;
    if (isReadable) exchange.onAnswer(answer);
    else exchange.onBroken('protocol');
    if (!isReadable || answer.isLast) this.destroy();
    if (this.isOpen) this.#options.onFree(this);
  }
}
