import { bestOf, type Bracket } from '../drift.ts';
import type { AnchorName, BenchContext } from '../row.ts';
import { ToolMissing, type OpenAnchor } from './anchor.ts';
import { openKafkaTools } from './kafka-tools.ts';
import { openPgbench } from './pgbench.ts';

const openers: Record<AnchorName, OpenAnchor> = { pgbench: openPgbench, kafka: openKafkaTools };

/** All anchors of a bench; those that this machine lacks are skipped and reported. */
export class Brackets {
  readonly #measures = new Map<AnchorName, () => Promise<Bracket>>();
  readonly #missing = new Map<AnchorName, string>();
  readonly #tries: number;

  private constructor(tries: number) {
    this.#tries = tries;
  }

  static async open(context: BenchContext, cleanup: AsyncDisposableStack): Promise<Brackets> {
    const brackets = new Brackets(context.quick ? 1 : 3);
    for (const [name, open] of Object.entries(openers) as [AnchorName, OpenAnchor][]) {
      try {
        brackets.#measures.set(name, await open(context, cleanup));
      } catch (error) {
        if (!(error instanceof ToolMissing)) throw error;
        brackets.#missing.set(name, `no ${name}: ${error.message}`);
        context.report(`Skipped: ${error.message}`);
      }
    }
    return brackets;
  }

  /** Why brackets lack some of these anchors. */
  missing(names: readonly AnchorName[]): string[] {
    return names.flatMap((name) => this.#missing.get(name) ?? []);
  }

  /** The best of some measurements of each. */
  async measure(names: readonly AnchorName[]): Promise<Bracket> {
    const brackets: Bracket[] = [];
    for (let i = 0; i < this.#tries; i += 1) {
      for (const name of names) brackets.push((await this.#measures.get(name)?.()) ?? {});
    }
    return bestOf(brackets);
  }
}
