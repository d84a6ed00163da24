/**
 * `npm test`: the build, what can be checked without running it (types, lint, format: only when something changed since
 * the last time), then every test at each of its levels. Prints each step's own output, where the time went, what
 * failed, and ends with the one line that counts: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buildEnvironment, ignoreForeignVariables, installArguments } from '../../runtime/environment.ts';
import { isInstalled } from '../../runtime/installed.ts';
import {
  type Duration,
  durationTable,
  levelDurations,
  type Outcome,
  outcomeOf,
  sum,
  summary,
  type VitestReport,
} from './outcome.ts';
import { root } from './repository.ts';

ignoreForeignVariables();
const durations: Duration[] = [];
const bin = (name: string) => join(root, 'node_modules/.bin', name);

function run(command: string, args: string[]): Promise<boolean> {
  console.log(`\n> ${command.split('/').pop()} ${args.join(' ')}`);
  // npm and nx start Node by its name: it has to be this one, whatever the system has.
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...buildEnvironment(), PATH, NX_TUI: 'false', NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

/** A step that has no tests to count: as a whole it passed, or it failed. */
async function step(what: string, command: string, args: string[]): Promise<Outcome> {
  const startMs = Date.now();
  const isGood = await run(command, args);
  durations.push({ what, seconds: (Date.now() - startMs) / 1_000 });
  return { passed: isGood ? 1 : 0, skipped: 0, failures: isGood ? [] : [`${what}: ${args.join(' ')}`] };
}

async function runTests(filters: string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'npm-test-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${file}`];
  const startMs = Date.now();
  try {
    const succeeded = await run(bin('vitest'), ['run', ...filters, ...reporters]);
    if (!existsSync(file)) {
      return { passed: 0, skipped: 0, failures: ['vitest: ended without a report, because it was stopped or crashed'] };
    }
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
    durations.push(...levelDurations(report, startMs));
    return outcomeOf(report, succeeded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const nx = (...targets: string[]) => ['run-many', '-t', ...targets, '--outputStyle=static'];
/** Of `npm test`; arguments for vitest take the place of these. */
const levels = ['unit', 'int', 'e2e', 'faults'].flatMap((name) => ['--project', name]);

async function runAll(filters: string[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  if (!isInstalled(root)) outcomes.push(await step('install', 'npm', installArguments));
  if (outcomes.some(({ failures }) => failures.length > 0)) return sum(outcomes);
  // The specs run from the sources, but what Vitest itself loads of them finds other packages by what they export.
  outcomes.push(await step('build', bin('nx'), nx('build')));
  if (filters.length > 0) return sum([...outcomes, await runTests(filters)]);
  outcomes.push(await step('types, lint, format', bin('nx'), nx('typecheck:all', 'lint:all', 'format:all')));
  return sum([...outcomes, await runTests(levels)]);
}

const outcome = await runAll(process.argv.slice(2));
console.log(`\n${durationTable(durations)}\n\n${summary(outcome)}`);
// No `process.exit`: a pipe may not have taken all of it yet.
process.exitCode = outcome.failures.length > 0 ? 1 : 0;
