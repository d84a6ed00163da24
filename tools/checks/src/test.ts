/**
 * `npm test`: the build, then every test at each of its levels, and beside them what can be checked without running it
 * (types, lint, format): the tests mostly wait for brokers and processes, and leave a processor to it. Prints each
 * step's own output and ends with the one line that counts: `N passed, N failed, N skipped`.
 */
import { spawn, type StdioOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isInstalled } from '../../runtime/installed.ts';
import { root } from './repository.ts';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

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
async function runBeside(command: string, args: string[]): Promise<() => boolean> {
  const { child, succeeded } = start(command, args, 'pipe');
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const isGood = await succeeded;
  return () => {
    announce(command, args);
    process.stdout.write(Buffer.concat(output));
    return isGood;
  };
}

/** A spec file that could not be loaded or set up has no failed test to count, and counts as one failure. */
function countTests(report: VitestReport, succeeded: boolean): Count {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: succeeded ? failed : Math.max(failed, 1),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runTests(filters: string[]): Promise<Count> {
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
    return countTests(JSON.parse(readFileSync(file, 'utf8')) as VitestReport, succeeded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const nx = (...targets: string[]) => ['run-many', '-t', ...targets, '--outputStyle=static'];
const checks = ['typecheck:all', 'lint:all', 'format:all'];

if (!isInstalled(root) && !(await run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund']))) {
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}

/** Of `npm test`; arguments for vitest take the place of these. */
const levels = ['unit', 'int', 'e2e', 'faults'].flatMap((name) => ['--project', name]);
const filters = process.argv.slice(2);
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const count = (isGood: boolean) => (total[isGood ? 'passed' : 'failed'] += 1);
const isWhole = filters.length === 0;
if (isWhole) count(await run(bin('nx'), nx('build')));
const [tests, checked] = await Promise.all([
  runTests(isWhole ? levels : filters),
  isWhole ? runBeside(bin('nx'), nx(...checks)) : undefined,
]);
if (checked) count(checked());
total.passed += tests.passed;
total.failed += tests.failed;
total.skipped += tests.skipped;

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
