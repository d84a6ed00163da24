import { exitCodeOf } from '@sluice/kit/exit-code';
import { decimalOption, wholeOption } from '@sluice/kit/number-option';
import { scope, typedPath } from '@sluice/kit/workspace';
import { defaultCapacity } from '@sluice/mail-sink/capacity';
import { Command, InvalidArgumentError, Option } from 'commander';
import { burst, type BurstOptions } from './cli/burst.ts';
import { replay, type ReplayOptions } from './cli/replay.ts';
import { flowChoices } from './cli/session.ts';
import { dateOrders } from './replay/dates.ts';
import { ignoreForeignVariables } from '../../runtime/environment.ts';

function common(command: Command): Command {
  return command
    .addOption(new Option('--flow <flow>', 'which flow').choices(Object.keys(flowChoices)).default('both'))
    .option('--slots <n>', 'mails that the provider takes at a time', wholeOption(), defaultCapacity.slots)
    .option('--latency <ms>', 'how long it takes for each of them', decimalOption(), defaultCapacity.latencyMs)
    .option('--seed <n>', 'of everything that is random', wholeOption({ min: 0, max: 2 ** 32 - 1 }), 1)
    .option('--warmup <n>', 'orders beforehand in each flow, not measured', wholeOption({ min: 0 }), 5000)
    .option('--json <file>', 'write the result there too', typedPath)
    .option('--report <file>', 'write the report there too', typedPath)
    .option('--out <dir>', `where result.json and report.html go (default: .${scope}/results/<time>)`, typedPath);
}

function encodingOption(name: string): string {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    throw new InvalidArgumentError('Expected a label such as windows-1252, iso-8859-2, shift_jis or utf-16le.');
  }
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
    .action(async (options: BurstOptions) => void (process.exitCode = await burst(options)));
  common(program.command('replay'))
    .description('an order history in the "Online Retail" CSV format, at its own arrival times')
    .argument('<file>', 'the CSV file', typedPath)
    .option('--speed <n>', 'times faster than it happened (default: so that it takes about a minute)', decimalOption())
    .addOption(
      new Option('--dates <order>', 'how 3/4/2011 is read (default: what the dates of the file say)').choices(
        dateOrders,
      ),
    )
    .option('--encoding <name>', 'of the file, e.g. windows-1252 (default: UTF-8 or UTF-16)', encodingOption)
    .option('--scarce <f>', 'put only this part of the demand on stock', decimalOption({ max: 1 }))
    .action(async (file: string, options: ReplayOptions) => void (process.exitCode = await replay(file, options)));
  return program;
}

ignoreForeignVariables();
try {
  await cli().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
