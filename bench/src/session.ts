import { join } from 'node:path';
import { describeMachine, describeRevision, describeVersions, type Revision } from '@sluice/kit/machine';
import { workspaceRoot } from '@sluice/kit/workspace';
import { KAFKA_VERSION, startInfrastructure } from '@sluice/stack/tools';
import { ToolMissing } from './anchors/anchor.ts';
import { openBrackets, type Brackets } from './anchors/brackets.ts';
import type { BenchOptions } from './options.ts';
import { isDone, readResult, withRow, writeResult, type RowResult } from './result.ts';
import type { AnchorName, BenchContext, Row } from './row.ts';
import { rows } from './rows/index.ts';
import { measureRow } from './runner.ts';
import { summaryOf } from './summary.ts';

export interface SessionOptions extends BenchOptions {
  /** Of the result. */
  file: string;
  signal: AbortSignal;
  report: (line: string) => void;
}

/** What a bench writes itself does not make another revision of what it measures. */
const ownFiles = ['docs/results', 'docs/performance.md'];
const bothAnchors: readonly AnchorName[] = ['pgbench', 'kafka'];
const rowNames = rows.map(({ name }) => name);

/** Measures rows one by one and writes the result after each of them, so that an interrupted bench can be continued. */
export async function benchSession(options: SessionOptions): Promise<void> {
  const { report, signal, file } = options;
  const revision = await describeRevision(workspaceRoot, ownFiles);
  const wanted = await wantedRows(options, revision);
  if (wanted.length === 0) {
    report('Every row was measured at this commit. Name the rows that are to be measured again.');
    return;
  }
  report('Starting Kafka and PostgreSQL');
  await using cleanup = new AsyncDisposableStack();
  const infrastructure = cleanup.use(await startInfrastructure(report, { longLived: true }));
  const context: BenchContext = { ...options, infrastructure };
  const brackets = await openBrackets(context, cleanup);
  for (const row of wanted) {
    signal.throwIfAborted();
    report(`${row.name}: ${row.title}`);
    try {
      const result = { ...(await measured(row, context, brackets, options)), revision };
      // Read again: another bench may have measured another row in between.
      await writeResult(file, withRow(await readResult(file), row.name, result, rowNames));
    } catch (error) {
      if (!(error instanceof ToolMissing)) throw error;
      report(`${row.name}: skipped, ${error.message}`);
    }
  }
}

async function wantedRows({ named, file, quick, report }: SessionOptions, revision: Revision | null): Promise<Row[]> {
  if (named.length > 0) return named;
  const result = await readResult(file);
  const done = (row: Row): boolean => isDone(result.rows[row.name], revision, quick);
  for (const { name } of rows.filter(done)) report(`${name}: measured at this commit already`);
  return rows.filter((row) => !done(row));
}

async function measured(
  row: Row,
  context: BenchContext,
  brackets: Brackets,
  { pairs, repeats }: BenchOptions,
): Promise<Omit<RowResult, 'revision'>> {
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
    machine: describeMachine(),
    versions: await describeVersions(workspaceRoot, infrastructure.serverUrl, KAFKA_VERSION),
  };
}

/** A quick run's figures stay out of the documents. */
export function resultFile(quick: boolean): string {
  const folder = quick ? ['.sluice', 'results', 'bench-quick.json'] : ['docs', 'results', 'bench.json'];
  return join(workspaceRoot, ...folder);
}
