import { connect, type Socket } from 'node:net';

export interface ClientOptions {
  url: URL;
  /** Sent in turn, round and round, beginning with the one at `first`. */
  requests: readonly Buffer[];
  first: number;
  onAnswer: (status: number, ms: number) => void;
  /** A request stays without an answer: its connection broke, or none came in time. Another connection is made. */
  onError: () => void;
}

const answerTimeoutMs = 10_000;
const reconnectDelayMs = 100;
const blankLine = '\r\n\r\n';

/**
 * A connection with one request under way at a time. The generator shares its machine with what it measures, so that it
 * has to be lean: nothing of HTTP but what the services and their peers answer, a head with the body's length.
 */
export class Client {
  private readonly options: ClientOptions;
  private socket: Socket | undefined;
  private next: number;
  private sentAt = 0;
  private status = 0;
  /** What came of a head that is not complete yet. */
  private head: Buffer = Buffer.alloc(0);
  /** Bytes of the body that have not come yet; undefined while the head is awaited. */
  private missing: number | undefined;
  private isUnderWay = false;
  private isEnded = false;

  constructor(options: ClientOptions) {
    this.options = options;
    this.next = options.first;
  }

  start(): void {
    const { hostname, port } = this.options.url;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket = socket;
    this.head = Buffer.alloc(0);
    this.missing = undefined;
    socket.setTimeout(answerTimeoutMs, () => socket.destroy());
    socket.on('connect', () => this.send());
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    // What broke it does not matter, and 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.isEnded) return;
      if (this.isUnderWay) this.options.onError();
      this.isUnderWay = false;
      setTimeout(() => this.isEnded || this.start(), reconnectDelayMs);
    });
  }

  /** Whatever is under way stays without an answer. */
  end(): void {
    this.isEnded = true;
    this.socket?.destroy();
  }

  private send(): void {
    const { requests } = this.options;
    this.isUnderWay = true;
    this.sentAt = performance.now();
    this.socket!.write(requests[this.next++ % requests.length]!);
  }

  private read(chunk: Buffer): void {
    if (this.missing === undefined) this.readHead(this.head.length > 0 ? Buffer.concat([this.head, chunk]) : chunk);
    else this.missing -= chunk.length;
    if (this.missing === undefined || this.missing > 0) return;
    if (this.missing < 0) throw new Error('more came than the answer to the one request that was under way');
    this.missing = undefined;
    this.isUnderWay = false;
    this.options.onAnswer(this.status, performance.now() - this.sentAt);
    if (!this.isEnded) this.send();
  }

  private readHead(bytes: Buffer): void {
    const end = bytes.indexOf(blankLine);
    if (end === -1) {
      this.head = bytes;
      return;
    }
    const head = bytes.toString('latin1', 0, end);
    const length = /^content-length: *(\d+)$/im.exec(head)?.[1];
    if (!length) throw new Error(`an answer without the length of its body: ${head}`);
    this.status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    this.missing = Number(length) - (bytes.length - end - blankLine.length);
    this.head = Buffer.alloc(0);
  }
}
