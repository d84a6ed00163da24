/**
 * `npm test`: what can be checked without running it (build, types, lint, format), then every test at its three
 * levels. Prints each step's own output and ends with the one line that counts: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

function run(command: string, args: string[]): Promise<boolean> {
  console.log(`\n> ${command.split('/').pop()} ${args.join(' ')}`);
  // npm and nx start Node by its name: it has to be this one, whatever the system has.
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH, NX_TUI: 'false', NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
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

const checks: [command: string, ...args: string[]][] = [
  [bin('nx'), 'run-many', '-t', 'build', 'typecheck', 'lint', '--outputStyle=static'],
  [bin('prettier'), '--check', '--log-level=warn', '.'],
];

if (!isInstalled(root) && !(await run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund']))) {
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}

const filters = process.argv.slice(2);
const total: Count = { passed: 0, failed: 0, skipped: 0 };
for (const [command, ...args] of filters.length === 0 ? checks : []) {
  const succeeded = await run(command, args);
  total[succeeded ? 'passed' : 'failed'] += 1;
}
const tests = await runTests(filters);
total.passed += tests.passed;
total.failed += tests.failed;
total.skipped += tests.skipped;

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
