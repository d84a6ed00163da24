import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

export interface ProviderRules {
  /** The code that a recipient is refused with, or undefined. */
  refuse?: (address: string) => number | undefined;
  /** From the end of a mail to its 250; default 0. */
  latencyMs?: number;
}

export interface DeliveredMail {
  to: string;
  messageId: string;
  atMs: number;
}

/** A provider in the place of the stack's mail sink, with rules that a test may change at any time. */
export class MailProvider implements AsyncDisposable {
  readonly mails: DeliveredMail[] = [];
  /** The recipients that were shown, in order. */
  readonly recipients: string[] = [];
  /** Mails that wait for their 250. */
  inProgress = 0;
  rules: ProviderRules = {};
  readonly #server: SMTPServer;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      closeTimeout: 100,
      onRcptTo: ({ address }, _session, callback) => {
        this.recipients.push(address);
        const responseCode = this.rules.refuse?.(address);
        callback(responseCode === undefined ? null : Object.assign(new Error('not now'), { responseCode }));
      },
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const messageId = /^Message-ID:\s*(\S+)/im.exec(Buffer.concat(chunks).toString('utf8'))?.[1] ?? '';
          void this.#take(session.envelope.rcptTo[0]?.address ?? '', messageId).then(() => callback());
        });
      },
    });
    // A client that goes is the client's business.
    this.#server.on('error', () => undefined);
  }

  static async start(port: number): Promise<MailProvider> {
    const provider = new MailProvider();
    provider.#server.listen(port, '127.0.0.1');
    await once(provider.#server.server, 'listening');
    return provider;
  }

  to(address: string): DeliveredMail[] {
    return this.mails.filter(({ to }) => to === address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(to: string, messageId: string): Promise<void> {
    this.inProgress += 1;
    await delay(this.rules.latencyMs ?? 0);
    this.inProgress -= 1;
    this.mails.push({ to, messageId, atMs: performance.now() });
  }
}
