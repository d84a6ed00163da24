import { Mailer, type Taken } from '../app/ports.ts';

/** No provider at all: every mail counts as taken at once, and the notification's row is the only trace of it. */
export class RecordingMailer extends Mailer {
  readonly providerIsUp = true;

  override async send(): Promise<Taken> {
    return { mayBeFull: false };
  }
}
