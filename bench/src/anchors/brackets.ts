import { bestOf, type Bracket } from '../drift.ts';
import type { AnchorName, BenchContext } from '../row.ts';
import { ToolMissing, type OpenAnchor } from './anchor.ts';
import { openKafkaTools } from './kafka-tools.ts';
import { openPgbench } from './pgbench.ts';

const openers: Record<AnchorName, OpenAnchor> = { pgbench: openPgbench, kafka: openKafkaTools };

export interface Brackets {
  /** Why brackets lack some of these anchors. */
  missing(names: readonly AnchorName[]): string[];
  /** The best of some measurements of each. */
  measure(names: readonly AnchorName[]): Promise<Bracket>;
}

/** All anchors of a bench; those that this machine lacks are skipped and reported. */
export async function openBrackets(context: BenchContext, cleanup: AsyncDisposableStack): Promise<Brackets> {
  const measures = new Map<AnchorName, () => Promise<Bracket>>();
  const missing = new Map<AnchorName, string>();
  for (const [name, open] of Object.entries(openers) as [AnchorName, OpenAnchor][]) {
    try {
      measures.set(name, await open(context, cleanup));
    } catch (error) {
      if (!(error instanceof ToolMissing)) throw error;
      missing.set(name, `no ${name}: ${error.message}`);
      context.report(`Skipped: ${error.message}`);
    }
  }
  return {
    missing: (names) => names.flatMap((name) => missing.get(name) ?? []),
    async measure(names) {
      const brackets: Bracket[] = [];
      for (let left = context.quick ? 1 : 3; left > 0; left -= 1) {
        for (const name of names) brackets.push((await measures.get(name)?.()) ?? {});
      }
      return bestOf(brackets);
    },
  };
}
