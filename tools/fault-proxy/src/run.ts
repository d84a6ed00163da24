import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { wholeOption } from '@sluice/kit/number-option';
import type { Stop } from '@sluice/kit/shutdown';
import { Command, InvalidArgumentError } from 'commander';
import { createControl } from './control.ts';
import { type Address, FaultProxy } from './fault-proxy.ts';

function address(text: string): Address {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined) throw new InvalidArgumentError('Expected HOST:PORT.');
  return { host, port: Number(port) };
}

const { listen, target, controlPort } = new Command('npm start -w @sluice/fault-proxy --')
  .description('A TCP proxy that is slow, cuts or freezes on request.')
  .option('--listen <host:port>', 'where clients connect; port 0 (default): a free one', address)
  .requiredOption('--target <host:port>', 'where the proxy connects to', address)
  .option(
    '--control-port <n>',
    'HTTP on the listening host: GET|PUT /faults; 0: a free one',
    wholeOption({ min: 0, max: 65_535 }),
    0,
  )
  .parse()
  .opts<{ listen?: Address; target: Address; controlPort: number }>();

/** Until it is stopped. */
export async function run(stopWith: (stop: Stop) => void): Promise<void> {
  const { host, port } = listen ?? { host: '127.0.0.1', port: 0 };
  const proxy = new FaultProxy(target);
  const control = createControl(proxy);
  await proxy.listen({ host, port });
  control.listen(controlPort, host);
  await once(control, 'listening');
  stopWith(() => {
    control.closeAllConnections();
    return proxy.close();
  });
  const controlUrl = `http://${host}:${(control.address() as AddressInfo).port}`;
  process.stdout.write(`fault proxy ready: ${host}:${proxy.port} -> ${target.host}:${target.port}, ${controlUrl}\n`);
}
