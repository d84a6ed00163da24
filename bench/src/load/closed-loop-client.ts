import { type Answer, Connection, type Exchange } from '@sluice/load/connection';

export interface ClientOptions {
  url: URL;
  /** Sent in turn, beginning with the one at `first`. */
  requests: readonly string[];
  first: number;
  onAnswer: (status: number, ms: number) => void;
  /** A request stays without an answer: its connection broke, or none came in time. Another connection is made. */
  onError: () => void;
}

const timeoutMs = 10_000;
const reconnectDelayMs = 100;

/** Sends one request after the other, each when the one before is answered. */
export class ClosedLoopClient implements Exchange {
  readonly #options: ClientOptions;
  #connection: Connection | undefined;
  #next: number;
  #sentAt: number | undefined;
  #isEnded = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#next = options.first;
  }

  start(): void {
    this.#connection = new Connection({
      ...{ url: this.#options.url, timeoutMs },
      onFree: () => this.#send(),
      onClosed: () => void setTimeout(() => this.#isEnded || this.start(), reconnectDelayMs),
    });
    this.#send();
  }

  /** What is under way stays without an answer. */
  end(): void {
    this.#isEnded = true;
    this.#connection?.destroy();
  }

  #send(): void {
    const { requests } = this.#options;
    this.#sentAt = undefined;
    this.#connection!.send(requests[this.#next++ % requests.length]!, this);
  }

  onSent(): void {
    this.#sentAt = performance.now();
  }

  onAnswer({ status }: Answer): void {
    this.#options.onAnswer(status, performance.now() - this.#sentAt!);
  }

  onBroken(reason: 'connection' | 'protocol'): void {
    // A peer that can't be read must not pass for a slow one.
    if (reason === 'protocol') throw new Error(`${this.#options.url.href} answered something that is not understood`);
    if (!this.#isEnded && this.#sentAt !== undefined) this.#options.onError();
  }
}
