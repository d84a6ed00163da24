import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface LateBroker {
  address: string;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** An address that refuses connections until it is opened; from then on it leads to the broker. */
export async function lateBroker(brokers: string): Promise<LateBroker> {
  const [host = '', port = ''] = (brokers.split(',')[0] ?? '').split(':');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(Number(port), host);
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => (socket.destroy(), upstream.destroy()));
    }
  });
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  const own = await listen(0);
  await close();
  return { address: `127.0.0.1:${own}`, open: async () => void (await listen(own)), close };
}
