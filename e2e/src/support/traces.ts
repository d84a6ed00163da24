import type { CollectedSpan } from '@sluice/core/testing';
import type { Client } from './client.ts';

/** The spans of one trace, and what they are linked with. */
export class CollectedTrace {
  readonly spans: CollectedSpan[];
  readonly #all: CollectedSpan[];

  private constructor(all: CollectedSpan[], traceId: string) {
    this.#all = all;
    this.spans = all.filter((span) => span.traceId === traceId);
  }

  static async of(traceId: string, collectorUrl: string, client: Client): Promise<CollectedTrace> {
    const { body } = await client.call<CollectedSpan[]>(`${collectorUrl}/spans`);
    return new CollectedTrace(body, traceId);
  }

  named(service: string, name: string): CollectedSpan[] {
    return this.spans.filter((span) => span.service === service && span.name === name);
  }

  /** What led to the first span of this name: services and names, from the root of the trace on. */
  pathTo(service: string, name: string): string[] {
    const byId = new Map(this.spans.map((span) => [span.spanId, span]));
    const path: string[] = [];
    for (let span = this.named(service, name)[0]; span; span = byId.get(span.parentSpanId)) {
      path.unshift(`${span.service}: ${span.name}`);
    }
    return path;
  }

  /** All of the trace, and the spans that its own are linked with. */
  get linked(): CollectedSpan[] {
    const links = new Set(this.spans.flatMap((span) => span.links.map(({ spanId }) => spanId)));
    return this.#all.filter((span) => this.spans.includes(span) || links.has(span.spanId));
  }

  /** Other spans that began since then, without what an earlier trace still causes. */
  strangersSince(sinceMs: number): CollectedSpan[] {
    const earlier = new Set(this.#all.filter(({ startMs }) => startMs < sinceMs).map(({ traceId }) => traceId));
    const ofEarlier = ({ traceId, links }: CollectedSpan) =>
      [traceId, ...links.map((link) => link.traceId)].some((id) => earlier.has(id));
    const ours = new Set(this.linked);
    return this.#all.filter((span) => span.startMs >= sinceMs && !ours.has(span) && !ofEarlier(span));
  }

  /** Spans whose parent is neither in the trace nor the caller. */
  orphans(callerSpanId: string): CollectedSpan[] {
    const known = new Set([callerSpanId, ...this.spans.map(({ spanId }) => spanId)]);
    return this.spans.filter(({ parentSpanId }) => !known.has(parentSpanId));
  }
}
