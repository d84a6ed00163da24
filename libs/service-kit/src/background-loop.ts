import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RunLoop } from '@sluice/core';

export interface BackgroundLoopOptions {
  /** Named in logs. */
  name: string;
  /** Pause after a round with nothing left to do; milliseconds. */
  everyMs: number;
  /** Aborted when the shutdown begins: no further round. */
  ending: AbortSignal;
}

/** A provider that calls `round` from the application's start until its end; logs what fails. See {@link RunLoop}. */
export class BackgroundLoop extends RunLoop implements OnApplicationBootstrap, OnModuleDestroy {
  constructor({ name, everyMs, ending }: BackgroundLoopOptions, round: () => Promise<boolean>) {
    const logger = new Logger(name);
    super(round, {
      everyMs,
      onFailure: (err, failures) => logger.warn({ err }, `a round failed, ${failures} in a row`),
    });
    ending.addEventListener('abort', () => void this.stop());
  }

  onApplicationBootstrap(): void {
    this.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }
}
