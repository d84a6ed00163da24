import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** One connection, on which a test writes what no HTTP client would. */
export class RawConnection {
  #received = '';
  /** `reset` when the other side threw away what was under way. */
  readonly ended: Promise<'closed' | 'reset'>;

  private constructor(private readonly socket: Socket) {
    const { promise, resolve } = Promise.withResolvers<'closed' | 'reset'>();
    this.ended = promise;
    socket.on('data', (chunk) => (this.#received += chunk.toString('latin1')));
    socket.on('error', () => resolve('reset'));
    socket.on('close', () => resolve('closed'));
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const connection = new RawConnection(connect({ host: hostname, port: Number(port) }));
    await once(connection.socket, 'connect');
    return connection;
  }

  write(...pieces: string[]): void {
    for (const piece of pieces) this.socket.write(piece, 'latin1');
  }

  /** The complete answers so far; the rest of an incomplete one is left out. */
  get answers(): RawAnswer[] {
    const answers: RawAnswer[] = [];
    for (let rest = this.#received; rest !== '';) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) break;
      const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
      const headers = Object.fromEntries(lines.map(fieldOf));
      const length = Number(headers['content-length'] ?? 0);
      const body = rest.slice(end + 4, end + 4 + length);
      if (body.length < length) break;
      answers.push({ status: Number(first.split(' ')[1]), headers, body });
      rest = rest.slice(end + 4 + length);
    }
    return answers;
  }

  close(): void {
    this.socket.destroy();
  }
}

function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
