import { exitCodeOf } from '@sluice/kit/exit-code';
import { InputError } from '@sluice/kit/input-error';
import { decimalOption, wholeOption } from '@sluice/kit/number-option';
import { runningStack } from '@sluice/kit/stack-file';
import { serviceNames, type ServiceName } from '@sluice/contracts';
import { Command, Option } from 'commander';
import { clientsOf, list, replay, show, type ListOptions } from './commands.ts';
import type { ServiceClient } from './service-client.ts';
import { ignoreForeignVariables } from '../../runtime/environment.ts';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Common {
  service?: ServiceName;
}

interface ReplayFlags extends Common {
  id?: string[];
  key?: string;
  fingerprint?: string;
  all?: true;
  dryRun?: boolean;
  rate?: number;
  reason?: string;
}

async function clients({ service }: Common): Promise<ServiceClient[]> {
  const stack = await runningStack();
  if (!stack) throw new InputError('No stack of this checkout runs. Start one with `npm start`.');
  return clientsOf(stack, service);
}

function selection({ id: ids, key, fingerprint, all }: ReplayFlags) {
  const chosen = { ...(ids && { ids }), ...(key && { key }), ...(fingerprint && { fingerprint }), ...(all && { all }) };
  if (Object.keys(chosen).length === 1) return chosen;
  throw new InputError('Say which letters: exactly one of --id, --key, --fingerprint and --all.');
}

function command(program: Command, name: string): Command {
  return program
    .command(name)
    .addOption(new Option('--service <name>', 'of one service only').choices([...serviceNames]));
}

function cli(): Command {
  const program = new Command('npm run dlq --')
    .description('Looks at the dead letters of the running stack, and replays them after a fix.')
    .showHelpAfterError('(--help tells more)')
    .helpCommand(false)
    .exitOverride();
  command(program, 'list')
    .description('list dead letters, newest first')
    .option('--group', 'count them by failure fingerprint instead')
    .option('--key <key>', 'of this record key only')
    .option('--fingerprint <fingerprint>', 'of this failure only')
    .option('--limit <n>', 'at most N of each service', wholeOption({ min: 1, max: 1_000 }), 100)
    .action(async (options: ListOptions & Common) => print(await list(await clients(options), options)));
  command(program, 'show')
    .argument('<id>')
    .description('one letter with its record, its reason and what became of a replay')
    .action(async (id: string, options: Common) => print(await show(await clients(options), id)));
  command(program, 'replay')
    .description('produce the records again, for the group that failed; a letter is replayed once only')
    .option('--id <id...>', 'these letters')
    .option('--key <key>', 'all of this record key')
    .option('--fingerprint <fingerprint>', 'all of this failure')
    .option('--all', 'all')
    .option('--dry-run', 'only say what would happen')
    .option('--rate <n>', 'most records per second (default: 100)', decimalOption({ min: 0.1, max: 10_000 }))
    .option('--reason <text>', 'why, for the audit row')
    .action(async (flags: ReplayFlags) => {
      const { dryRun = false, rate, reason } = flags;
      const options = { ...selection(flags), dryRun, ...(rate && { ratePerSecond: rate }), ...(reason && { reason }) };
      await replay(await clients(flags), options, print);
    });
  return program;
}

ignoreForeignVariables();
try {
  await cli().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
