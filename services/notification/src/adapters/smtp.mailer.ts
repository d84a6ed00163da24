import type { OnApplicationShutdown } from '@nestjs/common';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { conventions } from '@sluice/core';
import { contextOf, ownSpan, traceContextOf } from '@sluice/messaging';
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
  readonly #step;
  #outage = false;

  constructor(private readonly options: SmtpOptions) {
    super();
    const { url, timeoutMs } = options;
    // Nothing about the mail: its recipient is personal data.
    this.#step = { name: 'send mail', kind: SpanKind.CLIENT, attributes: serverAttributes(url) };
    this.#connections = new SmtpConnections({ url, connectTimeoutMs, timeoutMs });
  }

  /** Whether the last mail found the provider in service. */
  get providerIsUp(): boolean {
    return !this.#outage;
  }

  override send(mail: Mail): Promise<Taken> {
    return ownSpan(this.#step, contextOf(mail), async (own = ROOT_CONTEXT) => {
      try {
        // The last hop of the trace, without its baggage.
        const { traceparent = mail.traceparent, tracestate = mail.tracestate } = traceContextOf(own);
        const signal = AbortSignal.timeout(this.options.timeoutMs);
        const taken = await this.#send({ ...mail, traceparent, tracestate }, signal);
        this.#outage = false;
        return taken;
      } catch (error) {
        const classified = classifySmtpError(error);
        this.#outage = classified instanceof ProviderUnavailable && !(classified instanceof ProviderFull);
        throw classified;
      }
    });
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

function serverAttributes(smtpUrl: string) {
  const { server, network } = conventions;
  const { hostname, port, protocol } = new URL(smtpUrl);
  return {
    [network.protocolName]: 'smtp',
    [server.address]: hostname,
    [server.port]: Number(port) || (protocol === 'smtps:' ? 465 : 587),
  };
}
