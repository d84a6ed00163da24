import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

export interface ProviderOptions {
  /** Default: no limit. */
  slots?: number;
  /** From MAIL FROM to the reply to DATA; default 0. */
  latencyMs?: number;
  /** Takes no mail before it is resolved. */
  gate?: Promise<void>;
  port?: number;
  /** SMTP code to refuse a recipient with; default: none. */
  refuse?: (address: string) => number | undefined;
  /** Takes the mail and never says so; default: no. */
  keepSilent?: () => boolean;
  /** One more on the same connection is answered with 421; default: no limit. */
  mailsPerConnection?: number;
}

export interface ReceivedMail {
  to: string;
  messageId: string;
  raw: string;
  atMs: number;
}

/** A real SMTP server with a provider's manners: slots, 421 above them, and whatever a test wants to go wrong. */
export class SmtpProvider {
  readonly mails: ReceivedMail[] = [];
  refusals = 0;
  /** The recipients that were shown, in order, whatever became of them. */
  readonly recipients: string[] = [];
  maxConcurrency = 0;
  readonly #sessions = new Map<string, number>();
  readonly #mailsBySession = new Map<string, number>();
  readonly #server: SMTPServer;

  /** May be changed at any time. */
  options: ProviderOptions;

  private constructor(options: ProviderOptions) {
    this.options = options;
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      closeTimeout: 10,
      onMailFrom: (_address, session, callback) => this.#begin(session, callback),
      onRcptTo: ({ address }, _session, callback) => {
        this.recipients.push(address);
        const code = this.options.refuse?.(address);
        callback(code === undefined ? null : smtpError(code, `${address} is not taken`));
      },
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => void this.#finish(session, Buffer.concat(chunks).toString('utf8'), callback));
      },
      onClose: (session) => void this.#sessions.delete(session.id),
    });
    this.#server.on('error', () => undefined);
  }

  static async start(options: ProviderOptions = {}): Promise<SmtpProvider> {
    const provider = new SmtpProvider(options);
    provider.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(provider.#server.server, 'listening');
    return provider;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  get inProgress(): number {
    return this.#sessions.size;
  }

  to(address: string): ReceivedMail[] {
    return this.mails.filter(({ to }) => to === address);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }

  #begin(session: SMTPServerSession, callback: (error?: Error) => void): void {
    this.#sessions.delete(session.id);
    const before = this.#mailsBySession.get(session.id) ?? 0;
    if (before >= (this.options.mailsPerConnection ?? Number.POSITIVE_INFINITY)) {
      callback(smtpError(421, 'too many mails on this connection'));
      return;
    }
    this.#mailsBySession.set(session.id, before + 1);
    if (this.#sessions.size >= (this.options.slots ?? Number.POSITIVE_INFINITY)) {
      this.refusals += 1;
      callback(smtpError(421, 'too many mails at a time'));
      return;
    }
    this.#sessions.set(session.id, performance.now());
    this.maxConcurrency = Math.max(this.maxConcurrency, this.#sessions.size);
    callback();
  }

  async #finish(session: SMTPServerSession, raw: string, callback: (error?: Error) => void): Promise<void> {
    const startedMs = this.#sessions.get(session.id) ?? performance.now();
    const leftMs = startedMs + (this.options.latencyMs ?? 0) - performance.now();
    if (leftMs > 0) await delay(leftMs);
    await this.options.gate;
    const messageId = /^Message-ID:\s*(\S+)/im.exec(raw)?.[1] ?? '';
    this.#sessions.delete(session.id);
    const to = session.envelope.rcptTo[0]?.address ?? '';
    this.mails.push({ to, messageId, raw, atMs: performance.now() });
    if (!this.options.keepSilent?.()) callback();
  }
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
