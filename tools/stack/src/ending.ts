import { once } from 'node:events';

export interface EndReason {
  /** For the terminal. */
  text: string;
  /** What the shell expects of a process that was interrupted: 128 + the signal's number; 0 when all is well. */
  exitCode: number;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
// A Ctrl-C at the terminal reaches npm and the stack, and npm passes its own on: those two are one.
const SAME_REQUEST_MS = 300;
const PARENT_POLL_MS = 500;

/** Why and when this process is to end: a signal, the death of its parent, or a request. */
export class Ending {
  readonly #aborter = new AbortController();
  readonly #parent = process.ppid;
  #requestedAt: number | undefined;
  #force: () => void = () => process.exit(1);

  /** Starts to listen; from now on signals don't end the process by themselves. */
  constructor() {
    for (const [signal, exitCode] of Object.entries(SIGNALS)) {
      process.on(signal, () => this.#onSignal({ text: signal, exitCode }));
    }
    setInterval(() => {
      if (process.ppid !== this.#parent) this.request({ text: 'its parent process ended', exitCode: 1 });
    }, PARENT_POLL_MS).unref();
  }

  /** Aborted, with an `EndReason` as reason, when the process is to end. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  get reason(): EndReason | undefined {
    return this.signal.aborted ? (this.signal.reason as EndReason) : undefined;
  }

  /** What a second signal does. Default: exit at once; the guard does the rest. */
  set force(force: () => void) {
    this.#force = force;
  }

  request(reason: EndReason): void {
    this.#requestedAt ??= Date.now();
    this.#aborter.abort(reason);
  }

  /** Resolves when the process is to end. */
  async requested(): Promise<EndReason> {
    if (!this.signal.aborted) await once(this.signal, 'abort');
    return this.signal.reason as EndReason;
  }

  #onSignal(reason: EndReason): void {
    if (this.#requestedAt !== undefined && Date.now() - this.#requestedAt > SAME_REQUEST_MS) this.#force();
    this.request(reason);
  }
}
