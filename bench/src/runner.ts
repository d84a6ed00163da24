import { driftOf, maxDrift, type Bracket } from './drift.ts';
import type { BenchContext, Row, Sample, Sides } from './row.ts';

export interface Round {
  /** Two of each side, in the order of the runs. */
  samples: Record<string, Sample[]>;
  before: Bracket;
  after: Bracket;
  drift: number;
}

export interface Measured {
  rounds: Round[];
  /** Rounds that were repeated because the machine had changed meanwhile. */
  discarded: number;
}

export interface RunnerOptions {
  /** Rounds to be kept; each runs every side twice. */
  pairs: number;
  /** How often a round that drifted is repeated before it is kept as it is. */
  repeats: number;
  /** The anchors' figures now. */
  bracket(): Promise<Bracket>;
}

/** Measures a row in all its rounds. Rejects when a run fails or `context.signal` is aborted. */
export async function measureRow(row: Row, context: BenchContext, options: RunnerOptions): Promise<Measured> {
  await using cleanup = new AsyncDisposableStack();
  const sides = await row.open(context, cleanup);
  const measured: Measured = { rounds: [], discarded: 0 };
  let left = options.repeats;
  // The bracket after one round is that before the next.
  let before = await options.bracket();
  while (measured.rounds.length < options.pairs) {
    const samples = await runSides(sides, row.unit, context);
    const after = await options.bracket();
    const drift = driftOf(before, after);
    if (drift > maxDrift && left > 0) {
      context.report(`  brackets drifted by ${(drift * 100).toFixed(0)} %: the round is repeated`);
      measured.discarded += 1;
      left -= 1;
    } else {
      measured.rounds.push({ samples, before, after, drift });
      left = options.repeats;
    }
    before = after;
  }
  return measured;
}

/** A-B-B-A, with more sides A-B-C-C-B-A: an even drift during a round weighs the same on all sides. */
async function runSides(sides: Sides, unit: string, context: BenchContext): Promise<Record<string, Sample[]>> {
  const samples: Record<string, Sample[]> = {};
  const runs = Object.entries(sides);
  for (const [name, run] of [...runs, ...runs.toReversed()]) {
    context.signal.throwIfAborted();
    const sample = await run();
    context.report(`  ${name}: ${sample.value.toFixed(sample.value < 100 ? 2 : 0)} ${unit}`);
    (samples[name] ??= []).push(sample);
  }
  return samples;
}
