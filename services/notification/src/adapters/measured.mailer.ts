import { AppError, scope } from '@sluice/core';
import { Histogram, type Registry } from 'prom-client';
import { Mailer, type Taken } from '../app/ports.ts';
import { MailDeferred } from '../domain/errors.ts';
import type { Mail } from '../domain/mail.ts';

const failed = 'failed';
/** Codes of the errors that a provider causes; any other is `failed`. */
const outcomes = ['sent', 'mail-deferred', 'mail-refused', 'mail-provider-full', 'mail-provider-unavailable', failed];

export class MeasuredMailer extends Mailer {
  readonly #duration: Histogram<'outcome'>;

  constructor(
    private readonly mailer: Mailer,
    registry: Registry,
  ) {
    super();
    this.#duration = new Histogram({
      name: `${scope}_mail_seconds`,
      help: 'Time from the beginning of a mail to the reply of the provider; the outcome is sent, or the code of the error.',
      labelNames: ['outcome'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.125, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    for (const outcome of outcomes) this.#duration.zero({ outcome });
  }

  override async send(mail: Mail): Promise<Taken> {
    const end = this.#duration.startTimer();
    try {
      const taken = await this.mailer.send(mail);
      end({ outcome: 'sent' });
      return taken;
    } catch (error) {
      end({ outcome: error instanceof AppError || error instanceof MailDeferred ? error.code : failed });
      throw error;
    }
  }
}
