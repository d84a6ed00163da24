/** A mail that the provider took: what `GET /messages` lists. */
export interface TakenMail {
  /** 1, 2, 3 … in the order taken. */
  seq: number;
  messageId: string;
  /** Envelope recipient; several are joined with a comma. */
  to: string;
  from: string;
  subject: string;
  /** When the provider answered 250: milliseconds since the epoch, fractional. */
  takenAt: number;
}

export interface MailQuery {
  /** Only mails to exactly this address. */
  to?: string | undefined;
  /** Only mails with a greater `seq`. Default 0. */
  after: number;
  limit: number;
}

export interface MailPage {
  items: TakenMail[];
  /** Pass it as `after` to read on; absent at the end. */
  nextCursor?: string;
}

/** The last `capacity` mails, of which the last `bodies` with their full text. */
export class Mailbox {
  taken = 0;
  maxRate = 0;
  #lastSeq = 0;
  #mails: TakenMail[] = [];
  readonly #bodies = new Map<number, Buffer>();
  #second = Number.NaN;
  #inSecond = 0;
  readonly #capacity: number;
  readonly #bodyCapacity: number;

  constructor(capacity = 500_000, bodyCapacity = 256) {
    this.#capacity = capacity;
    this.#bodyCapacity = bodyCapacity;
  }

  add(mail: Omit<TakenMail, 'seq'>, body?: Buffer): TakenMail {
    const entry = { seq: ++this.#lastSeq, ...mail };
    this.#mails.push(entry);
    // Cutting in big steps keeps adding cheap: moving half a million entries for each mail would not be.
    if (this.#mails.length >= this.#capacity * 1.1) this.#mails = this.#mails.slice(-this.#capacity);
    if (body !== undefined) this.#keepBody(entry.seq, body);
    this.#count(entry.takenAt);
    return entry;
  }

  find({ to, after, limit }: MailQuery): MailPage {
    const items: TakenMail[] = [];
    for (let index = this.#indexAfter(after); index < this.#mails.length; index += 1) {
      const mail = this.#mails[index] as TakenMail;
      if (to !== undefined && mail.to !== to) continue;
      if (items.length === limit) return { items, nextCursor: String(items.at(-1)?.seq ?? after) };
      items.push(mail);
    }
    return { items };
  }

  get(seq: number): (TakenMail & { raw?: string }) | undefined {
    const mail = this.#mails[this.#indexAfter(seq - 1)];
    if (mail?.seq !== seq) return undefined;
    const body = this.#bodies.get(seq);
    return body === undefined ? mail : { ...mail, raw: body.toString('utf8') };
  }

  resetStats(): void {
    this.taken = 0;
    this.maxRate = 0;
    this.#second = Number.NaN;
  }

  /** `seq` has no gaps, so a position follows from it. */
  #indexAfter(seq: number): number {
    return Math.max(0, seq + 1 - (this.#mails[0]?.seq ?? 1));
  }

  #keepBody(seq: number, body: Buffer): void {
    this.#bodies.set(seq, body);
    const oldest = this.#bodies.keys().next().value;
    if (this.#bodies.size > this.#bodyCapacity && oldest !== undefined) this.#bodies.delete(oldest);
  }

  /** Half-open seconds of the clock: [n, n + 1). */
  #count(takenAt: number): void {
    this.taken += 1;
    const second = Math.floor(takenAt / 1000);
    this.#inSecond = second === this.#second ? this.#inSecond + 1 : 1;
    this.#second = second;
    this.maxRate = Math.max(this.maxRate, this.#inSecond);
  }
}
