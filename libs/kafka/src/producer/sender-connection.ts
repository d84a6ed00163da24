import type { KafkaDriver, ProducerConnection } from '../drivers/port.ts';
import type { SenderOptions } from './sender-options.ts';

type Options = Pick<SenderOptions, 'compression' | 'observer' | 'log'>;

/** The one connection of a sender, made when it is needed. */
export class SenderConnection {
  readonly #driver: KafkaDriver;
  readonly #options: Options;
  readonly #bytesWaiting: () => number;
  #current: ProducerConnection | undefined;
  #isClosed = false;

  constructor(driver: KafkaDriver, options: Options, bytesWaiting: () => number) {
    this.#driver = driver;
    this.#options = options;
    this.#bytesWaiting = bytesWaiting;
  }

  /** Undefined while no broker can be reached, and after `close`. */
  async open(): Promise<ProducerConnection | undefined> {
    if (this.#current || this.#isClosed) return this.#current;
    const { compression, observer, log } = this.#options;
    try {
      const connection = await this.#driver.producer({ compression });
      observer.connection();
      // It may have taken longer than `close` waits.
      if (this.#isClosed) await this.#disconnect(connection);
      else this.#current = connection;
    } catch (error) {
      log.warn({ err: error, bytesWaiting: this.#bytesWaiting() }, 'no broker takes records');
    }
    return this.#current;
  }

  /** A producer whose last request has an unknown fate is out of sequence: the next request needs a new id. */
  async renew(): Promise<void> {
    const connection = this.#current;
    this.#current = undefined;
    if (connection) await this.#disconnect(connection);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.renew();
  }

  async #disconnect(connection: ProducerConnection): Promise<void> {
    try {
      await connection.close();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a connection of the producer was not closed in order');
    }
  }
}
