import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Machine, Revision, Versions } from '@sluice/load/machine';
import { z } from 'zod';

const spread = z.object({ median: z.number(), min: z.number(), max: z.number() });

const sideSummary = z.object({
  value: spread,
  /** Medians by process, in microseconds per item. */
  cpuMicrosPerItem: z.record(z.string(), z.number()),
  extra: z.record(z.string(), spread),
});

const ratioSummary = z.object({
  title: z.string(),
  /** Over the rounds; within a round the means of both runs are compared. */
  ratio: spread,
  floor: z.number().optional(),
  goal: z.number().optional(),
  lowerIsBetter: z.boolean().optional(),
});

const rowResult = z.object({
  title: z.string(),
  unit: z.string(),
  sides: z.record(z.string(), sideSummary),
  ratios: z.array(ratioSummary),
  /** Rounds that were kept. */
  rounds: z.int(),
  /** Of these: the ones whose brackets had drifted too far, also after every repetition. */
  noisyRounds: z.int(),
  discardedRounds: z.int(),
  /** Of the kept rounds' brackets, by anchor. */
  anchors: z.record(z.string(), spread),
  /** Why there are no brackets of an anchor. */
  withoutAnchors: z.array(z.string()),
  measuredAt: z.string(),
  quick: z.boolean(),
  /** Length of the measured part of each run. */
  seconds: z.number(),
  revision: z.custom<Revision | null>(),
  machine: z.custom<Machine>(),
  versions: z.custom<Versions>(),
});

export type SideSummary = z.infer<typeof sideSummary>;
export type RatioSummary = z.infer<typeof ratioSummary>;

/** What was measured of one row, with everything needed to judge it. */
export type RowResult = z.infer<typeof rowResult>;

export const benchResult = z.object({ formatVersion: z.literal(1), rows: z.record(z.string(), rowResult) });

/** `docs/results/bench.json`. */
export type BenchResult = z.infer<typeof benchResult>;

/** What an earlier run left; nothing when there was none. Rejects when the file is not one of ours. */
export async function readResult(file: string): Promise<BenchResult> {
  try {
    return benchResult.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { formatVersion: 1, rows: {} };
    throw new Error(`${file} is not a result of this bench: move it away`, { cause: error });
  }
}

/** With the row in its place; rows come in the given order, and those unknown here after them. */
export function withRow(result: BenchResult, name: string, row: RowResult, order: readonly string[]): BenchResult {
  const rows = { ...result.rows, [name]: row };
  const names = [...new Set([...order.filter((one) => one in rows), ...Object.keys(rows)])];
  return { ...result, rows: Object.fromEntries(names.flatMap((one) => (rows[one] ? [[one, rows[one]]] : []))) };
}

/** Whole at any time: a bench that is killed while it writes leaves the old one. */
export async function writeResult(file: string, result: BenchResult): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(result, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Whether a row was measured at this very commit, at least as thoroughly as is wanted now. */
export function isDone(row: RowResult | undefined, revision: Revision | null, quick: boolean): boolean {
  if (!row || !revision || revision.dirty) return false;
  return row.revision?.sha === revision.sha && !row.revision.dirty && (quick || !row.quick);
}
