import { AppError } from '@sluice/core';
import { Histogram, type Registry } from 'prom-client';
import { Mailer, type Taken } from '../app/ports.ts';
import { MailDeferred } from '../domain/errors.ts';
import type { Mail } from '../domain/mail.ts';

/** `notification_mail_duration_seconds` by outcome: `sent` or the error's code. */
export class MeasuredMailer extends Mailer {
  readonly #duration: Histogram<'outcome'>;

  constructor(
    private readonly mailer: Mailer,
    registry: Registry,
  ) {
    super();
    this.#duration = new Histogram({
      name: 'notification_mail_duration_seconds',
      help: 'Time from the beginning of a mail to the reply of the provider.',
      labelNames: ['outcome'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.125, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
  }

  override async send(mail: Mail): Promise<Taken> {
    const end = this.#duration.startTimer();
    try {
      const taken = await this.mailer.send(mail);
      end({ outcome: 'sent' });
      return taken;
    } catch (error) {
      end({ outcome: error instanceof AppError || error instanceof MailDeferred ? error.code : 'failed' });
      throw error;
    }
  }
}
