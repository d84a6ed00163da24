import { messageOf } from '@sluice/core';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Where the beginning and the end of an outage are written. */
export interface OutageLog {
  warn(message: string): void;
  info(message: string): void;
}

/** Another exporter, and one log line when it begins to fail, one when it works again: not one for each batch. */
export class WatchedExporter implements SpanExporter {
  readonly #collector: string;
  /** Spans that were lost since the collector is unavailable. */
  #lost = 0;

  constructor(
    private readonly exporter: SpanExporter,
    url: string,
    private readonly log: OutageLog,
  ) {
    // Never what the URL has of a user and a password.
    const { origin, pathname } = new URL(url);
    this.#collector = origin + pathname;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.#succeeded();
      else this.#failed(spans.length, result.error);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  #failed(spans: number, error: unknown): void {
    if (this.#lost === 0) {
      const reason = messageOf(error) || 'no reason was given';
      this.log.warn(`spans are dropped until ${this.#collector} takes them again: ${reason}`);
    }
    this.#lost += spans;
  }

  #succeeded(): void {
    if (this.#lost > 0) this.log.info(`spans are exported again; ${this.#lost} were dropped`);
    this.#lost = 0;
  }
}
