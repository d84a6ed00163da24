import { Connection } from './connection.ts';
import { requestHead } from './request.ts';

/** Of a server that takes connections and does not answer. */
const probeTimeoutMs = 5_000;

/** Connections to one server that are kept, and opened again where one broke. */
export class ConnectionPool {
  readonly #all = new Set<Connection>();
  /** Those that were closed since are passed over. */
  readonly #free: Connection[] = [];
  #isEnded = false;
  readonly #url: URL;
  readonly #max: number;
  readonly #onFree: () => void;

  /** `onFree`: one of them can be taken that could not before. */
  constructor(url: URL, max: number, onFree: () => void) {
    this.#url = url;
    this.#max = max;
    this.#onFree = onFree;
  }

  /** Resolves when `count` of them, at most `max`, have answered or failed; after 5 s at the latest. */
  async open(count: number): Promise<void> {
    const probe = `${requestHead('GET', new URL('/livez', this.#url))}\r\n`;
    const probes = Array.from({ length: Math.min(count, this.#max) }, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const connection = this.#connect();
      const timer = setTimeout(() => connection.destroy(), probeTimeoutMs);
      connection.send(probe, { onAnswer: () => resolve(), onBroken: () => resolve() });
      return promise.finally(() => clearTimeout(timer));
    });
    await Promise.all(probes);
  }

  /** One that nothing is under way on; `undefined` when there is none, and no more may be opened. */
  take(): Connection | undefined {
    if (this.#isEnded) return undefined;
    for (let free = this.#free.pop(); free; free = this.#free.pop()) if (free.isOpen) return free;
    return this.#all.size < this.#max ? this.#connect() : undefined;
  }

  destroy(): void {
    this.#isEnded = true;
    for (const connection of this.#all) connection.destroy();
  }

  #connect(): Connection {
    const connection = new Connection({
      url: this.#url,
      onFree: () => {
        this.#free.push(connection);
        this.#onFree();
      },
      onClosed: () => {
        this.#all.delete(connection);
        this.#onFree();
      },
    });
    this.#all.add(connection);
    return connection;
  }
}
