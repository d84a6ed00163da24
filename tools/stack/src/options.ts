import { Command, Option } from 'commander';
import { wholeOption } from '@sluice/kit/number-option';
import { typedPath } from '@sluice/kit/workspace';
import type { InfrastructureOptions } from './backends/backend.ts';

export interface StackOptions extends InfrastructureOptions {
  /** Run the burst once the stack is up. */
  demo: boolean;
  /** End after the demo, or as soon as the stack is up when there is no demo. */
  exit: boolean;
  /** Where the demo writes its result as well. */
  json?: string;
}

const portOption = wholeOption({ max: 65_535 });

/** Prints and ends the process for `--help` and for options that don't exist. */
export function parseOptions(args: string[]): StackOptions {
  const program = new Command('npm start --')
    .description('Starts Kafka, PostgreSQL, a mail sink and the services, and runs the burst on both flows.')
    .option('--no-demo', 'only start the stack')
    .option('--exit', 'end after the demo, with its exit code', false)
    .addOption(new Option('--infra <kind>', 'default: what is there').choices(['embedded', 'docker', 'external']))
    .option('--persist <dir>', 'keep the data there; default: throwaway', typedPath)
    .addOption(new Option('--ports <kind>', 'fixed: see README').choices(['free', 'fixed']).default('free'))
    .option('--json <file>', 'write the result of the demo there too', typedPath)
    .option('--proxies', 'put fault proxies before databases, Kafka and SMTP', false)
    .addOption(
      new Option('--observability [port]', 'bring up Prometheus with the rules of deploy/observability').argParser(
        portOption,
      ),
    )
    .allowExcessArguments(false)
    .parse(args, { from: 'user' });
  const { ports, ...flags } = program.opts<Omit<StackOptions, 'fixedPorts'> & { ports: 'free' | 'fixed' }>();
  return { ...flags, fixedPorts: ports === 'fixed' };
}
