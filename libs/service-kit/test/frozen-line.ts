import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface FrozenLine extends AsyncDisposable {
  /** The database behind it. */
  url: string;
  /** From now on no byte passes; connections stay open, and new ones are taken. */
  freeze(): void;
  thaw(): void;
}

/** Before a database that is to fall silent without a sign, as a machine does that lost its network. */
export async function frozenLine(databaseUrl: string): Promise<FrozenLine> {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port || 5432) };
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const note = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (isFrozen) socket.pause();
  };
  const server = createServer((client) => {
    const upstream = connect(target);
    client.pipe(upstream).on('close', () => client.destroy());
    upstream.pipe(client).on('close', () => upstream.destroy());
    note(client);
    note(upstream);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const each = (change: (socket: Socket) => void): void => sockets.forEach(change);
  return {
    url: url.href,
    freeze() {
      isFrozen = true;
      each((socket) => socket.pause());
    },
    thaw() {
      isFrozen = false;
      each((socket) => socket.resume());
    },
    async [Symbol.asyncDispose]() {
      each((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}
