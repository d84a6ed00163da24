import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';

import { stopOnSignal } from '@sluice/kit/shutdown';

import { createControl } from './control.ts';
import { type Address, FaultProxy } from './fault-proxy.ts';

const usage = `fault proxy: npm start -w @sluice/fault-proxy --
  --listen HOST:PORT   where clients connect; port 0: a free one
  --target HOST:PORT   where the proxy connects to
  --control-port N     HTTP on the listening host: GET|PUT /faults; default 0: a free one`;

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:0' },
    target: { type: 'string', default: '' },
    'control-port': { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

function parseAddress(text: string, flag: string): Address {
  const match = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text);
  if (match === null) throw new Error(`${flag} must be HOST:PORT, not "${text}"`);
  return { host: match[1] as string, port: Number(match[2]) };
}

if (values.help) {
  process.stdout.write(`${usage}\n`);
} else {
  const listen = parseAddress(values.listen, '--listen');
  const proxy = new FaultProxy(parseAddress(values.target, '--target'));
  const control = createControl(proxy);
  stopOnSignal(() => {
    control.closeAllConnections();
    return proxy.close();
  });
  await proxy.listen(listen);
  control.listen(Number(values['control-port']), listen.host);
  await once(control, 'listening');
  const { port } = control.address() as AddressInfo;
  const line = `fault proxy ready: ${listen.host}:${proxy.port} -> ${values.target}, http://${listen.host}:${port}`;
  process.stdout.write(`${line}\n`);
}
