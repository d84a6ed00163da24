import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

export interface BackgroundLoopOptions {
  /** Named in logs. */
  name: string;
  /** Pause after a round with nothing left to do; milliseconds. */
  everyMs: number;
  /** Aborted when the shutdown begins: no further round. */
  ending: AbortSignal;
}

const maxPauseMs = 10_000;

/** Calls `round` for as long as the application runs, one at a time; after failures with growing pauses. */
export class BackgroundLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger: Logger;
  private running: Promise<void> | undefined;
  private stopping = false;
  private woken = false;
  private endPause: (() => void) | undefined;

  constructor(
    private readonly options: BackgroundLoopOptions,
    /** One bounded piece of work; answers whether there may be more at once. */
    private readonly round: () => Promise<boolean>,
  ) {
    this.logger = new Logger(options.name);
    options.ending.addEventListener('abort', () => this.stop());
  }

  /** There is something to do: the next round begins at once. */
  wake(): void {
    this.woken = true;
    this.endPause?.();
  }

  onApplicationBootstrap(): void {
    this.running ??= this.run();
  }

  /** Resolves after the round under way. */
  async onModuleDestroy(): Promise<void> {
    this.stop();
    await this.running;
  }

  private stop(): void {
    this.stopping = true;
    this.wake();
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping;) {
      this.woken = false;
      try {
        const more = await this.round();
        failures = 0;
        if (more) await new Promise((resolve) => setImmediate(resolve));
        else await this.pause(this.options.everyMs);
      } catch (error) {
        failures += 1;
        this.logger.warn({ err: error }, `a round failed, ${failures} in a row`);
        await this.pause(Math.min(maxPauseMs, this.options.everyMs * 2 ** Math.min(failures, 10)));
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    if (this.woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.endPause = undefined;
  }
}
