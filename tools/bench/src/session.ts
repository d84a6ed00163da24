import { join } from 'node:path';
import { describeMachine, describeRevision, describeVersions, type Revision } from '@sluice/kit/machine';
import { workspaceRoot } from '@sluice/kit/workspace';
import { KAFKA_VERSION, startInfrastructure } from '@sluice/stack/tools';
import { Brackets } from './anchors/brackets.ts';
import { isDone, readResult, withRow, writeResult, type RowResult } from './result.ts';
import type { AnchorName, BenchContext, Row } from './row.ts';
import { rows } from './rows/index.ts';
import { measureRow } from './runner.ts';
import { summaryOf } from './summary.ts';

export interface SessionOptions {
  /** Measured whether or not the result has them already; empty: all rows that it doesn't have at this commit. */
  named: readonly Row[];
  pairs: number;
  /** Of each run. */
  seconds: number;
  quick: boolean;
  repeats: number;
  cpuProfDir?: string;
  /** Of the result. */
  file: string;
  signal: AbortSignal;
  report: (line: string) => void;
}

/** What a bench writes itself does not make another revision of what it measures. */
const ownFiles = ['docs/results', 'docs/performance.md'];
const bothAnchors: readonly AnchorName[] = ['pgbench', 'kafka'];

/** Measures rows one by one and writes the result after each of them, so that a bench that was ended can go on. */
export async function benchSession(options: SessionOptions): Promise<void> {
  const { report, signal } = options;
  const revision = await describeRevision(workspaceRoot, ownFiles);
  const wanted = await wantedRows(options, revision);
  if (wanted.length === 0) {
    report('Every row was measured at this commit. Name the rows that are to be measured again.');
    return;
  }
  report('Starting Kafka and PostgreSQL');
  await using infrastructure = await startInfrastructure(report, { longLived: true });
  const context: BenchContext = { ...options, infrastructure };
  await using brackets = await Brackets.open(context);
  for (const row of wanted) {
    signal.throwIfAborted();
    const missing = await row.missing?.(context);
    if (missing !== undefined) {
      report(`${row.name}: skipped, ${missing}`);
      continue;
    }
    report(`${row.name}: ${row.title}`);
    const result = await measured(row, context, brackets, { ...options, revision });
    // Read again: somebody may have measured another row meanwhile.
    await writeResult(options.file, withRow(await readResult(options.file), row.name, result, rowNames()));
  }
}

async function wantedRows({ named, file, quick, report }: SessionOptions, revision: Revision | null): Promise<Row[]> {
  if (named.length > 0) return [...named];
  const result = await readResult(file);
  const done = (row: Row): boolean => isDone(result.rows[row.name], revision, quick);
  for (const { name } of rows.filter(done)) report(`${name}: measured at this commit already`);
  return rows.filter((row) => !done(row));
}

async function measured(
  row: Row,
  context: BenchContext,
  brackets: Brackets,
  { pairs, repeats, revision }: SessionOptions & { revision: Revision | null },
): Promise<RowResult> {
  const { quick, seconds, infrastructure } = context;
  const anchors = row.anchors ?? bothAnchors;
  const measuredAt = new Date().toISOString();
  const rounds = await measureRow(row, context, { pairs, repeats, bracket: () => brackets.measure(anchors) });
  return {
    ...summaryOf(row, rounds),
    withoutAnchors: brackets.missing(anchors),
    measuredAt,
    quick,
    seconds,
    revision,
    machine: describeMachine(),
    versions: await describeVersions(workspaceRoot, infrastructure.serverUrl, KAFKA_VERSION),
  };
}

function rowNames(): string[] {
  return rows.map(({ name }) => name);
}

/** A quick run's figures stay out of the documents. */
export function resultFile(quick: boolean): string {
  return quick
    ? join(workspaceRoot, '.sluice', 'results', 'bench-quick.json')
    : join(workspaceRoot, 'docs', 'results', 'bench.json');
}
