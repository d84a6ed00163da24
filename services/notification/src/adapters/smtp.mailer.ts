import type { OnApplicationShutdown } from '@nestjs/common';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { conventions } from '@sluice/core';
import { contextOf, ownSpan, traceContextOf } from '@sluice/messaging';
import { createTransport } from 'nodemailer';
import { Mailer } from '../app/ports.ts';
import { ProviderUnavailable } from '../domain/errors.ts';
import type { Mail } from '../domain/mail.ts';
import { classifySmtpError, endedBeforeMail } from './smtp-errors.ts';

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
  readonly #pool;
  /** Of connections that carry one mail each. */
  readonly #single;
  readonly #step;
  #outage = false;
  #isClosed = false;

  constructor(private readonly options: SmtpOptions) {
    super();
    const { url, connections, timeoutMs } = options;
    const common = {
      url,
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    // Nothing about the mail: its recipient is nobody else's business.
    this.#step = { name: 'send mail', kind: SpanKind.CLIENT, attributes: serverAttributes(url) };
    this.#single = createTransport(common);
    this.#pool = createTransport({
      ...common,
      pool: true,
      maxConnections: connections,
      maxMessages: Number.POSITIVE_INFINITY,
      // What is sent again, and when, is decided where it is known whether it was sent before.
      maxRequeues: 0,
    });
  }

  /** Whether the last mail found the provider in service. */
  get providerIsUp(): boolean {
    return !this.#outage;
  }

  override send(mail: Mail): Promise<void> {
    return ownSpan(this.#step, contextOf(mail), async (own = ROOT_CONTEXT) => {
      try {
        // The last hop of the trace, without its baggage.
        const { traceparent = mail.traceparent, tracestate = mail.tracestate } = traceContextOf(own);
        await this.#send({ ...mail, traceparent, tracestate }, AbortSignal.timeout(this.options.timeoutMs));
        this.#outage = false;
      } catch (error) {
        const classified = classifySmtpError(error);
        this.#outage = classified instanceof ProviderUnavailable;
        throw classified;
      }
    });
  }

  onApplicationShutdown(): void {
    this.#isClosed = true;
    this.#pool.close();
  }

  async #send({ messageId, to, subject, text, traceparent, tracestate }: Mail, signal: AbortSignal): Promise<void> {
    const { from } = this.options;
    // Addresses as objects are not parsed: what a customer calls his address can't become two.
    const address = { name: '', address: to };
    const headers = { ...(traceparent && { traceparent, ...(tracestate && { tracestate }) }) };
    const message = { messageId, from, to: address, subject, text, headers, signal };
    try {
      await this.#pool.sendMail(message);
    } catch (error) {
      if (this.#isClosed || !endedBeforeMail(error)) throw error;
      // Another connection of the pool may be at its end too.
      await this.#single.sendMail(message);
    }
  }
}

function serverAttributes(smtpUrl: string) {
  const { server, network } = conventions;
  const { hostname, port, protocol } = new URL(smtpUrl);
  return {
    [network.protocolName]: 'smtp',
    [server.address]: hostname,
    [server.port]: Number(port) || (protocol === 'smtps:' ? 465 : 587),
  };
}
