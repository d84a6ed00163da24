import { workspaceRoot } from '../../kit/src/workspace.ts';
import { ignoreForeignVariables, installArguments } from '../../runtime/environment.ts';
import { isInstalled } from '../../runtime/installed.ts';
import { nxBuild } from './bootstrap/nx-build.ts';
import { runStep, type Step } from './bootstrap/run-step.ts';
import { Ending } from './ending.ts';
import type { StackOptions } from './options.ts';
import { makeStackFolder, stackFolder } from './stack-folder.ts';
import { takeLock } from './stack-lock.ts';

// The entry point of `npm start`, on a fresh clone too: nothing here or in what it imports needs an installed package.
// Only the dynamic imports do.

ignoreForeignVariables();
const ending = new Ending();
// A reader that ends (`npm start | head`, a closed terminal) is no reason to leave the stack half stopped.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

let unlock: () => void = () => undefined;
let exitCode: number;
try {
  const installed = isInstalled(workspaceRoot);
  const options = installed ? await parsedOptions() : undefined;
  makeStackFolder();
  unlock = await takeLock(stackFolder.lock, ending.signal);
  if (!installed) await timed('Installing packages (npm ci)', npmCi());
  await timed('Building the services (nx)', nxBuild(ending.signal));
  const { up } = await import('./up.ts');
  exitCode = await up(options ?? (await parsedOptions()), ending);
} catch (error) {
  exitCode = ending.reason?.exitCode ?? 1;
  if (ending.reason === undefined) process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  unlock();
}
process.exit(exitCode);

async function parsedOptions(): Promise<StackOptions> {
  const { parseOptions } = await import('./options.ts');
  return parseOptions(process.argv.slice(2));
}

async function timed(title: string, step: Step): Promise<void> {
  process.stdout.write(`${title} …\n`);
  const begin = Date.now();
  await runStep(step);
  process.stdout.write(`${title}: ${((Date.now() - begin) / 1000).toFixed(1)} s\n`);
}

function npmCi(): Step {
  return { name: 'npm-ci', command: 'npm', args: installArguments, signal: ending.signal, timeoutMs: 600_000 };
}
