import { Mailer, type Taken } from '../src/app/ports.ts';
import { ProviderFull } from '../src/domain/errors.ts';
import type { Mail } from '../src/domain/mail.ts';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A provider of `slots` mails at a time on the clock of the timers, which a test moves. */
export class SimulatedProvider extends Mailer {
  readonly taken: string[] = [];
  /** When it refused. */
  readonly refusedAtMs: number[] = [];
  inProgress = 0;
  #seed = 1;

  constructor(
    public slots: number,
    readonly latencyMs: number,
  ) {
    super();
  }

  override async send({ messageId }: Mail): Promise<Taken> {
    await wait(this.#onTheWayMs());
    if (this.inProgress >= this.slots) {
      this.refusedAtMs.push(performance.now());
      await wait(this.#onTheWayMs());
      throw new ProviderFull('too many at a time');
    }
    this.inProgress += 1;
    await wait(this.latencyMs);
    this.inProgress -= 1;
    this.taken.push(messageId);
    await wait(this.#onTheWayMs());
    return { mayBeFull: false };
  }

  /** Up to 2 ms; the same in each run. */
  #onTheWayMs(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return (2 * this.#seed) / 2_147_483_647;
  }
}
