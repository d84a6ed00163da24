import { Mailer, type Taken } from '../src/app/ports.ts';
import type { Mail } from '../src/domain/mail.ts';

/** A provider that takes every mail at once, or does with it what a test says. */
export class FakeMailer extends Mailer {
  readonly sent: Mail[] = [];
  maxConcurrency = 0;
  #inProgress = 0;

  constructor(private readonly attempt: (mail: Mail) => Promise<void> = async () => undefined) {
    super();
  }

  override async send(mail: Mail): Promise<Taken> {
    this.#inProgress += 1;
    this.maxConcurrency = Math.max(this.maxConcurrency, this.#inProgress);
    try {
      await this.attempt(mail);
      this.sent.push(mail);
      return { mayBeFull: false };
    } finally {
      this.#inProgress -= 1;
    }
  }

  get messageIds(): string[] {
    return this.sent.map(({ messageId }) => messageId);
  }
}
