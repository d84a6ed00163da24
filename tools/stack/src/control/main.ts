import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@sluice/core';
import { Command, Option } from 'commander';
import { stackFolder } from '../stack-folder.ts';
import type { PartStatus } from '../supervised-part.ts';
import { askStack, NoStack, stackControl } from './client.ts';
import { statusTable } from './status-table.ts';
import { ignoreForeignVariables } from '../../../runtime/environment.ts';

const STOP_TIMEOUT_MS = 15_000;
const socket = stackFolder.control;

ignoreForeignVariables();

const program = new Command('npm run stack --')
  .description('Looks at the running stack and acts on one of its parts.')
  .helpCommand(false);

program
  .command('status')
  .description('list all parts')
  .option('--json', 'as JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const parts = await stackControl.parts();
    console.log(json === true ? JSON.stringify(parts, null, 2) : statusTable(parts));
  });

program
  .command('stop')
  .argument('[name]', 'the part; without one the whole stack')
  .description('stop a part until it is started again, or the whole stack')
  .action((name?: string) => (name === undefined ? stopAll() : show(stackControl.stop(name))));

for (const [verb, description] of [
  ['start', 'start a part that was stopped'],
  ['restart', 'stop a part in good order and start it'],
] as const) {
  program
    .command(verb)
    .argument('<name>')
    .description(description)
    .action((name: string) => show(stackControl[verb](name)));
}

program
  .command('kill')
  .argument('<name>')
  .description('send a signal to a part; the stack starts a killed part again')
  .addOption(new Option('--signal <signal>', 'which').choices(['STOP', 'CONT', 'KILL']).default('KILL'))
  .action((name: string, { signal }: { signal: 'STOP' | 'CONT' | 'KILL' }) => show(stackControl.signal(name, signal)));

try {
  await program.parseAsync();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}

async function show(part: Promise<PartStatus>): Promise<void> {
  console.log(statusTable([await part]));
}

async function stopAll(): Promise<void> {
  await askStack(socket, 'POST', '/stop');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (await isThere()) {
    if (Date.now() > deadline) throw new Error(`The stack still runs after ${STOP_TIMEOUT_MS / 1000} s.`);
    await sleep(100);
  }
  console.log('The stack is down.');
}

async function isThere(): Promise<boolean> {
  try {
    await stackControl.parts();
    return true;
  } catch (error) {
    if (error instanceof NoStack || (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
      return !(error instanceof NoStack);
    }
    throw error;
  }
}
