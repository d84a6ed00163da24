import type { OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { Mailer } from '../app/ports.ts';
import { ProviderUnavailable } from '../domain/errors.ts';
import type { Mail } from '../domain/mail.ts';
import { classifySmtpError } from './smtp-errors.ts';

export interface SmtpOptions {
  url: string;
  from: string;
  /** Connections, which are kept open; one mail at a time on each. */
  connections: number;
  /** For one mail; milliseconds. */
  timeoutMs: number;
}

const connectTimeoutMs = 5_000;

export class SmtpMailer extends Mailer implements OnApplicationShutdown {
  readonly #transport;
  #outage = false;

  constructor(private readonly options: SmtpOptions) {
    super();
    const { url, connections, timeoutMs } = options;
    this.#transport = createTransport({
      pool: true,
      url,
      maxConnections: connections,
      maxMessages: Number.POSITIVE_INFINITY,
      // What is sent again, and when, is decided where it is known whether it was sent before.
      maxRequeues: 0,
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /** Whether the last mail found the provider in service. */
  get providerIsUp(): boolean {
    return !this.#outage;
  }

  override async send({ messageId, to, subject, text, traceparent, tracestate }: Mail): Promise<void> {
    const { from, timeoutMs } = this.options;
    // Addresses as objects are not parsed: what a customer calls his address can't become two.
    const address = { name: '', address: to };
    const headers = { ...(traceparent && { traceparent, ...(tracestate && { tracestate }) }) };
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      await this.#transport.sendMail({ messageId, from, to: address, subject, text, headers, signal });
      this.#outage = false;
    } catch (error) {
      const classified = classifySmtpError(error);
      this.#outage = classified instanceof ProviderUnavailable;
      throw classified;
    }
  }

  onApplicationShutdown(): void {
    this.#transport.close();
  }
}
