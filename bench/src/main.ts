import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { workspaceRoot } from '@sluice/kit/workspace';
import { Ending, nxBuild, runStep, runTool } from '@sluice/stack/tools';
import { parseOptions } from './options.ts';
import { rows } from './rows/index.ts';
import { benchSession, resultFile } from './session.ts';
import { benchTables } from './table.ts';
import { ignoreForeignVariables } from '../../tools/runtime/environment.ts';

ignoreForeignVariables();
const options = parseOptions(process.argv.slice(2), rows);
const ending = new Ending();
const { signal } = ending;
const report = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  await bench();
} catch (error) {
  process.exitCode = ending.reason?.exitCode ?? 1;
  report(
    ending.reason
      ? `Ended by ${ending.reason.text}; what was measured is kept.`
      : String((error as Error).stack ?? error),
  );
}

async function bench(): Promise<void> {
  const file = resultFile(options.quick);
  report('Building (nx)');
  await runStep(nxBuild(signal));
  await benchSession({ ...options, file, signal, report });
  report(`\n${benchTables(await readFile(file, 'utf8'))}\n\nResult: ${relative(workspaceRoot, file)}`);
  if (options.quick) return;
  const docs = join(workspaceRoot, 'tools', 'checks', 'src', 'docs.ts');
  const within = { cwd: workspaceRoot, timeoutMs: 60_000, signal };
  report(await runTool(process.execPath, ['--conditions=@sluice/source', docs], within));
}
