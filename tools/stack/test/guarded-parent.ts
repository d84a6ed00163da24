import { guard, guardIdentity } from '../src/guard/guard.ts';
import type { Part } from '../src/part.ts';
import { processPart } from '../src/process-part.ts';

// Run by the guard's spec: starts two children, guards a folder, says which, and waits to be killed.
const [folder = '', logFile = ''] = process.argv.slice(2);
const runsForEver = 'setInterval(() => {}, 1000)';
const deafToQuit = `process.on('SIGQUIT', () => { console.log('heard SIGQUIT'); process.exit(0); }); console.log('up'); ${runsForEver}`;

function part(name: string, script: string, guardSignal?: NodeJS.Signals): Part {
  return processPart({
    name,
    command: process.execPath,
    args: ['--eval', script],
    logFile,
    guardSignal,
    ready: () => Promise.resolve(),
    readyTimeoutMs: 1_000,
  });
}

const parts = [part('plain', runsForEver), part('polite', deafToQuit, 'SIGQUIT')];
await Promise.all(parts.map((started) => started.start()));
guard({ kind: 'path', path: folder });
const children = parts.map(({ handle }) => handle && 'pid' in handle && handle.pid);
process.stdout.write(`${JSON.stringify({ children, guardian: guardIdentity().pid })}\n`);
setInterval(() => undefined, 1_000);
