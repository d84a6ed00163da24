import { wholeOption } from '@sluice/kit/number-option';
import { typedPath } from '@sluice/kit/workspace';
import { Command } from 'commander';
import type { Row } from './row.ts';

export interface BenchOptions {
  named: Row[];
  quick: boolean;
  pairs: number;
  seconds: number;
  repeats: number;
  /** Folder for CPU profiles. */
  cpuProf?: string;
}

const thorough = { pairs: 3, seconds: 10, repeats: 3 };
const rough = { pairs: 1, seconds: 3, repeats: 0 };

/** Prints and ends the process for `--help` and for what doesn't exist. */
export function parseOptions(args: readonly string[], rows: readonly Row[]): BenchOptions {
  const names = rows.map(({ name }) => name).join(', ');
  const program = new Command('npm run bench --')
    .description('Measures Sluice against its peers and writes docs/results/bench.json and docs/performance.md.')
    .argument('[rows...]', `measure these, again if need be (${names}); default: all not measured at this commit`)
    .option('--quick', 'minutes instead of hours; the figures stay out of the documents', false)
    .option(
      '--pairs <n>',
      'rounds A-B-B-A to be kept of each row (default: 3, with --quick 1)',
      wholeOption({ max: 1_000 }),
    )
    .option('--seconds <n>', 'measured part of each run (default: 10, with --quick 3)', wholeOption({ max: 3_600 }))
    .option(
      '--cpu-prof <dir>',
      'leave CPU profiles of the sides there; their figures then count for nothing',
      typedPath,
    )
    .showHelpAfterError('(see --help)')
    .parse(args, { from: 'user' });
  const flags = program.opts<Pick<BenchOptions, 'quick'> & Partial<BenchOptions>>();
  const named = program.args.map((name) => {
    const row = rows.find((one) => one.name === name);
    return row ?? program.error(`There is no row ${name}; there are ${names}.`);
  });
  return { ...(flags.quick ? rough : thorough), ...flags, named };
}
