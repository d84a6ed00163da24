import { Logger } from '@nestjs/common';
import { pauseFor } from '@sluice/core';

/** Pause between two batches, so that sweeping never takes the database for itself. */
const breathMs = 20;

/**
 * Runs a deletion in small batches every now and then. `sweep` deletes one batch and answers whether there may be more.
 * Any number of processes may do the same at once. A failure is logged and tried again at the next turn.
 */
export class Sweeper {
  private readonly logger = new Logger(Sweeper.name);
  private readonly end = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly what: string,
    private readonly sweep: () => Promise<boolean>,
    private readonly everyMs = 60_000,
  ) {}

  start(): void {
    this.running ??= this.loop();
  }

  /** Resolves after the batch under way. */
  async stop(): Promise<void> {
    this.end.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.end.signal.aborted) {
      const more = await this.once();
      await pauseFor(more ? breathMs : this.everyMs, this.end.signal);
    }
  }

  private async once(): Promise<boolean> {
    try {
      return await this.sweep();
    } catch (error) {
      this.logger.warn({ err: error }, `could not sweep ${this.what}`);
      return false;
    }
  }
}
