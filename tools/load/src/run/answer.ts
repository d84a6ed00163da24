const blankLine = '\r\n\r\n';
const contentLength = /^content-length: *(\d+)/im;
const connectionClose = /^connection: *close/im;

/** Of HTTP/1.1. Read as far as needed: a closed loop needs the status only. */
export class Answer {
  readonly status: number;
  /** Bytes of the body that have not come yet; NaN when its length is unknown. */
  readonly missingBytes: number;
  readonly #bytes: Buffer;
  readonly #head: string;

  private constructor(bytes: Buffer, head: string) {
    this.#bytes = bytes;
    this.#head = head;
    this.status = Number(this.#head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    const length = Number(contentLength.exec(this.#head)?.[1]);
    this.missingBytes = head.length + blankLine.length + length - bytes.length;
  }

  /** `undefined` as long as the head is not complete. */
  static begun(bytes: Buffer): Answer | undefined {
    const headEnd = bytes.indexOf(blankLine);
    return headEnd === -1 ? undefined : new Answer(bytes, bytes.toString('latin1', 0, headEnd));
  }

  /** The server closes the connection after it. */
  get isLast(): boolean {
    return connectionClose.test(this.#head);
  }

  get body(): string {
    return this.#bytes.toString('utf8', this.#head.length + blankLine.length);
  }

  header(name: string): string | undefined {
    return new RegExp(`^${name}: *(.*?) *$`, 'im').exec(this.#head)?.[1];
  }
}
