import { exitCodeOf } from '@sluice/kit/exit-code';
import { decimalOption, wholeOption } from '@sluice/kit/number-option';
import { scope, typedPath } from '@sluice/kit/workspace';
import { defaultCapacity } from '@sluice/mail-sink/capacity';
import { Command, Option } from 'commander';
import { burst } from './cli/burst.ts';
import { replay } from './cli/replay.ts';
import type { SessionOptions } from './cli/session.ts';
import type { Flow } from './plan/flow-plan.ts';

const choices = {
  sync: ['sync'],
  async: ['async'],
  log: ['log'],
  both: ['sync', 'async'],
  all: ['sync', 'async', 'log'],
} satisfies Record<string, Flow[]>;

interface CommonOptions {
  flow: keyof typeof choices;
  seed: number;
  slots: number;
  latency: number;
  warmup: number;
  json?: string;
  report?: string;
  out?: string;
}

interface BurstOptions extends CommonOptions {
  factor: number;
  seconds: number;
  base: number;
  customers: number;
}

interface ReplayOptions extends CommonOptions {
  speed?: number;
  scarce?: number;
}

function session({ flow, seed, slots, latency, warmup, json, report, out }: CommonOptions): SessionOptions {
  return {
    flows: choices[flow],
    seed,
    capacity: { slots, latencyMs: latency },
    warmUpOrders: warmup,
    jsonFile: json,
    reportFile: report,
    outDir: out,
  };
}

function common(command: Command): Command {
  return command
    .addOption(new Option('--flow <flow>', 'which flow').choices(Object.keys(choices)).default('both'))
    .option('--slots <n>', 'mails that the provider takes at a time', wholeOption(), defaultCapacity.slots)
    .option('--latency <ms>', 'how long it takes for each of them', decimalOption(), defaultCapacity.latencyMs)
    .option('--seed <n>', 'of everything that is random', wholeOption({ min: 0, max: 2 ** 32 - 1 }), 1)
    .option('--warmup <n>', 'orders beforehand in each flow, not measured', wholeOption({ min: 0 }), 5000)
    .option('--json <file>', 'write the result there too', typedPath)
    .option('--report <file>', 'write the report there too', typedPath)
    .option('--out <dir>', `where result.json and report.html go (default: .${scope}/results/<time>)`, typedPath);
}

function cli(): Command {
  const program = new Command('load')
    .description(
      'Sends the same orders through the synchronous, the asynchronous and the log-first flow and compares them.',
    )
    .showHelpAfterError('(--help tells more)')
    .exitOverride();
  common(program.command('burst'))
    .description('a burst of many times what the mail provider can take')
    .option('--factor <x>', "orders per second as a multiple of the provider's capacity", decimalOption(), 10)
    .option('--seconds <s>', 'length of the burst', decimalOption({ max: 3600 }), 3)
    .option(
      '--base <b>',
      'load after it as a fraction of the capacity',
      decimalOption({ min: 0, max: 1, below: true }),
      0,
    )
    .option('--customers <n>', 'number of different customers', wholeOption(), 1000)
    .action(async (options: BurstOptions) => {
      process.exitCode = await burst({ ...session(options), ...options });
    });
  common(program.command('replay'))
    .description('an order history in the "Online Retail" CSV format, at its own arrival times')
    .argument('<file>', 'the CSV file', typedPath)
    .option('--speed <n>', 'times faster than it happened (default: so that it takes about a minute)', decimalOption())
    .option('--scarce <f>', 'put only this part of the demand on stock', decimalOption({ max: 1 }))
    .action(async (file: string, { speed, scarce, ...options }: ReplayOptions) => {
      process.exitCode = await replay({ ...session(options), file, speed, scarce });
    });
  return program;
}

try {
  await cli().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
