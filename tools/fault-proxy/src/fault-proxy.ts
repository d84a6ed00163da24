import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { type Faults, healthy } from './faults.ts';
import { Line } from './line.ts';
import { relay } from './relay.ts';

export interface Address {
  host: string;
  port: number;
}

/** A TCP proxy whose line can be made slow, narrow, silent or broken while it runs. Starts healthy. */
export class FaultProxy {
  readonly #target: Address;
  readonly #server: Server;
  readonly #connections = new Set<() => void>();
  readonly #out = new Line(healthy);
  readonly #back = new Line(healthy);
  #faults = healthy;

  constructor(target: Address) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get faults(): Faults {
    return this.#faults;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Takes effect at once, also for bytes that are held. */
  set faults(faults: Faults) {
    this.#faults = faults;
    this.#out.faults = faults;
    this.#back.faults = faults;
    if (faults.cut) for (const reset of this.#connections) reset();
  }

  /** Port 0: a free one. Rejects when it can't be had. */
  async listen({ host, port }: Address): Promise<void> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const reset of this.#connections) reset();
    await closed;
  }

  #accept(client: Socket): void {
    // The listener stays open while the line is cut: its port could be taken when the cut ends.
    if (this.#faults.cut) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const over = new AbortController();
    const reset = (): void => {
      over.abort();
      this.#connections.delete(reset);
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    this.#connections.add(reset);
    // Whatever breaks one side breaks the other; both sides see a reset.
    for (const socket of [client, upstream]) socket.on('error', reset);
    Promise.all([
      relay(client, upstream, this.#out, over.signal),
      relay(upstream, client, this.#back, over.signal),
    ]).then(() => this.#connections.delete(reset), reset);
  }
}
