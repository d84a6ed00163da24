import { createServer } from 'node:net';

// Below the range from which systems take the ports of outgoing connections (Linux from 32768, macOS from 49152):
// otherwise, while a part is down, an outgoing connection may get its port, and the part can't start again.
const FIRST = 20_000;
const LAST = 32_000;
const ATTEMPTS = 200;

const given = new Set<number>();

/** A TCP port without a listener that this function hasn't returned before. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (!given.has(port) && (await isFree(port, host))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`No free TCP port between ${FIRST} and ${LAST} on ${host} after ${ATTEMPTS} attempts.`);
}

/** `port` when it has no listener, else an error that names it. */
export async function requirePort(port: number, what: string, host = '127.0.0.1'): Promise<number> {
  if (!(await isFree(port, host))) {
    throw new Error(`Port ${port}, wanted for ${what}, is taken. Free it, or let the stack choose another.`);
  }
  return port;
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
