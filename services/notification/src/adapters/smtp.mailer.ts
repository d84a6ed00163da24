import type { OnApplicationShutdown } from '@nestjs/common';
import { Mailer, type Taken } from '../app/ports.ts';
import { ProviderFull, ProviderUnavailable } from '../domain/errors.ts';
import type { Mail } from '../domain/mail.ts';
import { SmtpConnections } from './smtp-connections.ts';
import { classifySmtpError } from './smtp-errors.ts';

export interface SmtpOptions {
  url: string;
  from: string;
  /** For one mail; milliseconds. */
  timeoutMs: number;
}

const connectTimeoutMs = 5_000;

export class SmtpMailer extends Mailer implements OnApplicationShutdown {
  readonly #connections;
  #outage = false;

  constructor(private readonly options: SmtpOptions) {
    super();
    const { url, timeoutMs } = options;
    this.#connections = new SmtpConnections({ url, connectTimeoutMs, timeoutMs });
  }

  /** Whether the last mail found the provider in service. */
  get providerIsUp(): boolean {
    return !this.#outage;
  }

  override async send(mail: Mail): Promise<Taken> {
    try {
      const taken = await this.#send(mail, AbortSignal.timeout(this.options.timeoutMs));
      this.#outage = false;
      return taken;
    } catch (error) {
      const classified = classifySmtpError(error);
      this.#outage = classified instanceof ProviderUnavailable && !(classified instanceof ProviderFull);
      throw classified;
    }
  }

  onApplicationShutdown(): void {
    this.#connections.close();
  }

  #send({ messageId, to, subject, text, traceparent, tracestate }: Mail, signal: AbortSignal): Promise<Taken> {
    const { from } = this.options;
    // Addresses as objects are not parsed: what a customer calls his address can't become two.
    const address = { name: '', address: to };
    const headers = { ...(traceparent && { traceparent, ...(tracestate && { tracestate }) }) };
    return this.#connections.send({ messageId, from, to: address, subject, text, headers, signal });
  }
}
