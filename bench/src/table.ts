import { benchResult, type RatioSummary, type RowResult, type SideSummary } from './result.ts';
import type { Spread } from './statistics.ts';

/** The tables of docs/performance.md, made of the text of docs/results/bench.json. Throws when it is something else. */
export function benchTables(json: string): string {
  const rows = Object.values(benchResult.parse(JSON.parse(json)).rows);
  if (rows.length === 0) return 'Nothing has been measured yet.';
  const ratios = rows.flatMap((row) => row.ratios.map((ratio) => ratioLine(row, ratio)));
  const sides = rows.flatMap((row) => Object.entries(row.sides).map(([name, side]) => sideLine(row, name, side)));
  return [
    '| ratio | floor | goal | reached | verdict |',
    '| --- | --: | --: | --: | --- |',
    ...ratios,
    '',
    '| row | side | median (min – max) | CPU-µs per item, by process | further figures |',
    '| --- | --- | --: | --- | --- |',
    ...sides,
    '',
    ...rows.map(provenance),
  ].join('\n');
}

export type Verdict = 'goal' | 'floor' | 'below the floor' | 'shown';

/** By the median. */
export function verdictOf({ ratio: { median }, floor, goal, lowerIsBetter = false }: RatioSummary): Verdict {
  const reaches = (bound: number): boolean => (lowerIsBetter ? median <= bound : median >= bound);
  if (floor === undefined && goal === undefined) return 'shown';
  if (goal !== undefined && reaches(goal)) return 'goal';
  return floor === undefined || reaches(floor) ? 'floor' : 'below the floor';
}

function ratioLine(row: RowResult, ratio: RatioSummary): string {
  const bound = (value: number | undefined): string =>
    value === undefined ? '' : `${ratio.lowerIsBetter ? '≤' : '≥'} ${figure(value)}`;
  const noise = row.noisyRounds > 0 ? `, ${row.noisyRounds} of ${row.rounds} rounds noisy` : '';
  const quick = row.quick ? ', quick run' : '';
  const verdict = `${verdictOf(ratio)}${noise}${quick}`;
  return cells(`${row.title}: ${ratio.title}`, bound(ratio.floor), bound(ratio.goal), spread(ratio.ratio), verdict);
}

function sideLine(row: RowResult, name: string, { value, cpuMicrosPerItem, extra }: SideSummary): string {
  const cpu = Object.entries(cpuMicrosPerItem).map(([process, micros]) => `${process} ${figure(micros)}`);
  const further = Object.entries(extra).map(([what, found]) => `${what} ${spread(found)}`);
  return cells(row.title, name, `${spread(value)} ${row.unit}`, cpu.join(', '), further.join(', '));
}

function provenance(row: RowResult): string {
  const { machine, versions, revision } = row;
  const commit = revision ? `${revision.sha.slice(0, 7)}${revision.dirty ? ' with changes' : ''}` : 'an archive';
  const anchors = Object.entries(row.anchors).map(([name, found]) => `${name} ${spread(found)}`);
  const brackets = [...anchors, ...row.withoutAnchors].join(', ') || 'none';
  return [
    `- ${row.title}: ${row.measuredAt.slice(0, 10)}, commit ${commit}, ${row.rounds} rounds of ${row.seconds} s a run`,
    `${row.discardedRounds} discarded; ${machine.cpus} × ${machine.model}; Node ${versions.node}`,
    `Kafka ${versions.kafka}, PostgreSQL ${versions.postgres}; brackets: ${brackets}`,
  ].join(', ');
}

function cells(...texts: string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

function spread({ median, min, max }: Spread): string {
  return min === max ? figure(median) : `${figure(median)} (${figure(min)} – ${figure(max)})`;
}

/** Three digits, whole numbers in full. */
export function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
