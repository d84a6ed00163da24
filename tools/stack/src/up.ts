import { rm } from 'node:fs/promises';
import { readStackFile } from '@sluice/kit/stack-file';
import { chooseBackend } from './backends/choose.ts';
import { startControlServer } from './control/server.ts';
import { runDemo } from './demo.ts';
import type { Ending } from './ending.ts';
import type { StackOptions } from './options.ts';
import { guard } from './guard/guard.ts';
import { requirePrometheus } from './prometheus.ts';
import { planStack } from './plan.ts';
import { Stack } from './stack.ts';
import { emptyStackFolder, stackFolder } from './stack-folder.ts';
import { shortSummary, summary } from './summary.ts';
import { announce, print, showSteps } from './terminal.ts';

/** Brings the stack up, runs the demo, and stays until `ending` or, with `--exit`, until the demo is over. */
export async function up(options: StackOptions, ending: Ending): Promise<number> {
  emptyStackFolder();
  try {
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(guard({ kind: 'path', path: stackFolder.throwaway }));
    cleanup.defer(() => rm(stackFolder.throwaway, { recursive: true, force: true }));
    if (options.observability !== undefined) await requirePrometheus();
    const prepare = await chooseBackend(options.infra);
    const more = { logs: stackFolder.logs, signal: ending.signal, cleanup, report: announce };
    // To pull an image can't be interrupted.
    const interrupted = ending.requested().then(() => Promise.reject(new Error('Interrupted.')));
    const infrastructure = await Promise.race([prepare({ ...options, ...more }), interrupted]);
    return await run(new Stack(await planStack(infrastructure, options), announce), options, ending);
  } finally {
    announce('The stack is down.');
  }
}

async function run(stack: Stack, options: StackOptions, ending: Ending): Promise<number> {
  ending.force = () => void stack.kill().finally(() => process.exit(ending.reason?.exitCode ?? 1));
  ending.signal.addEventListener('abort', () => {
    announce(`The stack goes down: ${ending.reason?.text}. A second Ctrl-C ends it at once.`);
    stack.shutDown().catch((error: Error) => announce(`The shutdown failed: ${error.message}`));
  });
  const closeControl = await startControlServer(stackFolder.control, {
    supervisor: stack.supervisor,
    shutDown: () => ending.request({ text: 'requested by `npm run stack -- stop`', exitCode: 0 }),
    report: announce,
  });
  try {
    await showSteps(stack.startSteps());
    ending.signal.throwIfAborted();
    stack.publish();
    return await whileUp(stack, options, ending);
  } finally {
    await stack.shutDown();
    closeControl();
  }
}

async function whileUp(stack: Stack, options: StackOptions, ending: Ending): Promise<number> {
  const memoryBytes = await stack.memoryBytes();
  const demo = options.demo ? await runDemo(options.json, ending.signal) : undefined;
  const facts = { memoryBytes, persist: options.persist, demo };
  if (options.exit && ending.reason === undefined) {
    print(shortSummary(facts));
    return demo?.exitCode ?? 0;
  }
  const file = readStackFile(stackFolder.file);
  if (file !== undefined && ending.reason === undefined) print(summary({ ...facts, stack: file }));
  const { exitCode } = await ending.requested();
  // A request to stop is a good end for a stack that runs for ever, but not for a demo that was cut short.
  return demo !== undefined && demo.exitCode !== 0 ? exitCode : 0;
}
