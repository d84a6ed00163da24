/**
 * `npm test`: the build, then every test at each of its levels, and beside them what can be checked without running it
 * (types, lint, format): the tests mostly wait for brokers and processes, and leave a processor to it. Prints each
 * step's own output, then what failed, and ends with the one line that counts: `N passed, N failed, N skipped`.
 */
import { spawn, type StdioOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isInstalled } from '../../runtime/installed.ts';
import { type Outcome, outcomeOf, sum, summary, type VitestReport } from './outcome.ts';
import { root } from './repository.ts';

const bin = (name: string) => join(root, 'node_modules/.bin', name);

function start(command: string, args: string[], stdio: StdioOptions) {
  // npm and nx start Node by its name: it has to be this one, whatever the system has.
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH, NX_TUI: 'false', NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };
  const child = spawn(command, args, { cwd: root, stdio, env });
  const succeeded = new Promise<boolean>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
  return { child, succeeded };
}

function announce(command: string, args: string[]): void {
  console.log(`\n> ${command.split('/').pop()} ${args.join(' ')}`);
}

function run(command: string, args: string[]): Promise<boolean> {
  announce(command, args);
  return start(command, args, 'inherit').succeeded;
}

/** Behind everything else that wants a processor; what it prints comes at its end. */
async function runBeside(command: string, args: string[]): Promise<() => Outcome> {
  const { child, succeeded } = start(command, args, 'pipe');
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const isGood = await succeeded;
  return () => {
    announce(command, args);
    process.stdout.write(Buffer.concat(output));
    return step(isGood, args);
  };
}

/** A step that has no tests to count: as a whole it passed, or it failed. */
function step(isGood: boolean, args: string[]): Outcome {
  return { passed: isGood ? 1 : 0, skipped: 0, failures: isGood ? [] : [args.join(' ')] };
}

async function runTests(filters: string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const file = join(folder, 'report.json');
  try {
    const succeeded = await run(bin('vitest'), [
      'run',
      ...filters,
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${file}`,
    ]);
    return outcomeOf(JSON.parse(readFileSync(file, 'utf8')) as VitestReport, succeeded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const nx = (...targets: string[]) => ['run-many', '-t', ...targets, '--outputStyle=static'];
const checks = ['typecheck:all', 'lint:all', 'format:all'];

const install = ['ci', '--prefer-offline', '--no-audit', '--no-fund'];
const build = nx('build');
/** Of `npm test`; arguments for vitest take the place of these. */
const levels = ['unit', 'int', 'e2e', 'faults'].flatMap((name) => ['--project', name]);

async function runAll(filters: string[]): Promise<Outcome> {
  if (!isInstalled(root) && !(await run('npm', install))) return step(false, install);
  // The specs run from the sources, but what Vitest itself loads of them finds other packages by what they export.
  const built = step(await run(bin('nx'), build), build);
  if (filters.length > 0) return sum([built, await runTests(filters)]);
  const [tests, checked] = await Promise.all([runTests(levels), runBeside(bin('nx'), nx(...checks))]);
  return sum([built, checked(), tests]);
}

const outcome = await runAll(process.argv.slice(2));
console.log(`\n${summary(outcome)}`);
// No `process.exit`: a pipe may not have taken all of it yet.
process.exitCode = outcome.failures.length > 0 ? 1 : 0;
