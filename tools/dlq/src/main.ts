import { exitCodeOf } from '@sluice/kit/exit-code';
import { InputError } from '@sluice/kit/input-error';
import { decimalOption, wholeOption } from '@sluice/kit/number-option';
import { runningStack, type StackFile } from '@sluice/kit/stack-file';
import { serviceNames, type ServiceName } from '@sluice/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { clientsOf, instancesOf, list, replay, show, skip, type ListOptions, type SkipOptions } from './commands.ts';
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

async function stack(): Promise<StackFile> {
  const running = await runningStack();
  if (!running) throw new InputError('No stack of this checkout runs. Start one with `npm start`.');
  return running;
}

async function clients({ service }: Common): Promise<ServiceClient[]> {
  return clientsOf(await stack(), service);
}

function selection({ id: ids, key, fingerprint, all }: ReplayFlags) {
  const chosen = { ...(ids && { ids }), ...(key && { key }), ...(fingerprint && { fingerprint }), ...(all && { all }) };
  if (Object.keys(chosen).length === 1) return chosen;
  throw new InputError('Choose the dead letters: exactly one of --id, --key, --fingerprint and --all.');
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
    .description('one dead letter with its record, its reason and the state of its replay')
    .action(async (id: string, options: Common) => print(await show(await clients(options), id)));
  command(program, 'replay')
    .description('write the records to their topic again; a dead letter is replayed once only')
    .option('--id <id...>', 'these dead letters')
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
  program
    .command('skip')
    .description('move a group past a record or batch that it can not read; nothing is kept of it')
    .addOption(new Option('--group <service>', 'the group').choices([...serviceNames]).makeOptionMandatory())
    .requiredOption('--topic <topic>', 'topic')
    .requiredOption('--partition <n>', 'partition', wholeOption({ min: 0, max: 2 ** 31 - 1 }))
    .requiredOption('--offset <n>', 'where the group is: the first that is skipped', offsetOption)
    .option('--to <n>', 'where it goes on (default: the next offset)', offsetOption)
    .option('--reason <text>', 'why, for the audit row')
    .action(async ({ group, ...options }: SkipOptions & { group: ServiceName }) =>
      print(await skip(instancesOf(await stack(), group), options)),
    );
  return program;
}

/** Offsets have 64 bits, so they stay text. */
function offsetOption(text: string): string {
  if (/^\d{1,19}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected an offset: a whole number from 0 on.');
}

ignoreForeignVariables();
try {
  await cli().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
