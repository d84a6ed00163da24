import { Connection } from '@sluice/load/connection';

export interface ClientOptions {
  url: URL;
  /** Sent in turn, round and round, beginning with the one at `first`. */
  requests: readonly string[];
  first: number;
  onAnswer: (status: number, ms: number) => void;
  /** A request stays without an answer: its connection broke, or none came in time. Another connection is made. */
  onError: () => void;
}

const timeoutMs = 10_000;
const reconnectDelayMs = 100;

/** Sends one request after the other, each when the one before is answered. */
export class Client {
  private readonly options: ClientOptions;
  private connection: Connection | undefined;
  private next: number;
  private sentAt = 0;
  private isEnded = false;

  constructor(options: ClientOptions) {
    this.options = options;
    this.next = options.first;
  }

  start(): void {
    this.connection = new Connection({
      ...{ url: this.options.url, timeoutMs },
      onFree: () => this.send(),
      onClosed: () => void setTimeout(() => this.isEnded || this.start(), reconnectDelayMs),
    });
    this.send();
  }

  /** Whatever is under way stays without an answer. */
  end(): void {
    this.isEnded = true;
    this.connection?.destroy();
  }

  private send(): void {
    const { requests } = this.options;
    this.sentAt = performance.now();
    this.connection!.send(requests[this.next++ % requests.length]!, this);
  }

  onAnswer({ status }: { status: number }): void {
    this.options.onAnswer(status, performance.now() - this.sentAt);
  }

  onBroken(): void {
    if (!this.isEnded) this.options.onError();
  }
}
