import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import type { Taken } from '../app/ports.ts';
import { concernsOneMail } from '../domain/errors.ts';
import { classifySmtpError, endedBeforeMail } from './smtp-errors.ts';

interface Connection {
  transport: Transporter;
  /** That the provider took over it. */
  mails: number;
}

/**
 * Connections that are kept open, one mail at a time on each, and as many as there are mails at a time. Many providers end
 * one after a number of mails, with the reply that also means that there are too many at a time: then a new connection shows
 * which of both it was.
 */
export class SmtpConnections {
  readonly #options;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  /** Mails on the last connection that the provider ended although it took more. */
  #mailsPerConnection: number | undefined;
  #isClosed = false;

  constructor(options: { url: string; connectTimeoutMs: number; timeoutMs: number }) {
    const { url, connectTimeoutMs, timeoutMs } = options;
    this.#options = {
      url,
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      pool: true as const,
      maxConnections: 1,
      maxMessages: Number.POSITIVE_INFINITY,
      // What is sent again, and when, is decided where it is known whether it was sent before.
      maxRequeues: 0,
    };
  }

  /** Rejects with what nodemailer rejects with. */
  async send(message: SendMailOptions): Promise<Taken> {
    const used = this.#idle.pop();
    try {
      await this.#sendOver(used ?? this.#connect(), message);
      return { mayBeFull: false };
    } catch (error) {
      if (!used || this.#isClosed || !endedBeforeMail(error)) throw error;
    }
    // Another idle connection may be at its end too.
    await this.#sendOver(this.#connect(), message);
    const usual = this.#mailsPerConnection ?? used.mails;
    this.#mailsPerConnection = used.mails;
    return { mayBeFull: used.mails !== usual };
  }

  close(): void {
    this.#isClosed = true;
    for (const { transport } of this.#open) transport.close();
  }

  #connect(): Connection {
    const connection = { transport: createTransport(this.#options), mails: 0 };
    this.#open.add(connection);
    return connection;
  }

  async #sendOver(connection: Connection, message: SendMailOptions): Promise<void> {
    try {
      await connection.transport.sendMail(message);
      connection.mails += 1;
      this.#idle.push(connection);
    } catch (error) {
      if (concernsOneMail(classifySmtpError(error))) this.#idle.push(connection);
      else this.#drop(connection);
      throw error;
    }
  }

  #drop(connection: Connection): void {
    this.#open.delete(connection);
    connection.transport.close();
  }
}
