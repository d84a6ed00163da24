import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';

import type { SMTPServer } from 'smtp-server';

import { createApi } from './api.ts';
import { type Capacity, defaultCapacity } from './capacity.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { Mailbox, type TakenMail } from './mailbox.ts';
import { Slots } from './slots.ts';
import { createSmtp } from './smtp.ts';

export interface MailSinkOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: a free one. */
  smtpPort?: number;
  /** Default 0: a free one. */
  httpPort?: number;
  /** Default 20 slots of 100 ms. A capacity in the journal wins. */
  capacity?: Capacity;
  /** File that mails and capacity are kept in across restarts. Default: memory only. */
  journal?: string;
}

/** A stand-in for a mail provider: takes mails at a limited rate and lists them over HTTP. */
export class MailSink {
  readonly slots: Slots;
  readonly mailbox = new Mailbox();
  readonly #options: MailSinkOptions;
  readonly #smtp: SMTPServer;
  readonly #http: Server;
  readonly #journal: Journal | undefined;

  constructor(options: MailSinkOptions = {}) {
    this.#options = options;
    this.slots = new Slots({ ...(options.capacity ?? defaultCapacity) });
    this.#journal = options.journal === undefined ? undefined : new Journal(options.journal, (e) => this.#replay(e));
    this.#smtp = createSmtp({
      slots: this.slots,
      onMail: (mail, raw) => this.#take(mail, raw),
      onRefusal: () => this.#journal?.append({ refused: true }),
    });
    this.#http = createApi(this);
  }

  get smtpPort(): number {
    return portOf(this.#smtp.server);
  }

  get httpPort(): number {
    return portOf(this.#http);
  }

  /** Rejects when a port can't be had. */
  async start(): Promise<void> {
    const { host = '127.0.0.1', smtpPort = 0, httpPort = 0 } = this.#options;
    this.#smtp.listen(smtpPort, host);
    await once(this.#smtp.server, 'listening');
    this.#http.listen(httpPort, host);
    await once(this.#http, 'listening');
  }

  /** Mails in progress are lost: their clients see the connection end without a 250. */
  async stop(): Promise<void> {
    const smtpClosed = new Promise<void>((resolve) => this.#smtp.close(resolve));
    this.#http.closeAllConnections();
    await Promise.all([smtpClosed, new Promise((resolve) => this.#http.close(resolve))]);
    this.#journal?.close();
  }

  setCapacity(capacity: Capacity): void {
    this.slots.capacity = capacity;
    this.#journal?.append({ capacity });
  }

  resetStats(): void {
    this.slots.resetStats();
    this.mailbox.resetStats();
    this.#journal?.append({ statsReset: true });
  }

  stats(): { taken: number; refusals: number; active: number; maxConcurrency: number; maxRate: number } {
    const { refusals, active, maxConcurrency } = this.slots;
    const { taken, maxRate } = this.mailbox;
    return { taken, refusals, active, maxConcurrency, maxRate };
  }

  #take(mail: Omit<TakenMail, 'seq'>, raw: Buffer): void {
    this.#journal?.append({ mail });
    this.mailbox.add(mail, raw);
  }

  #replay(entry: JournalEntry): void {
    if ('mail' in entry) this.mailbox.add(entry.mail);
    else if ('capacity' in entry) this.slots.capacity = entry.capacity;
    else if ('refused' in entry) this.slots.refusals += 1;
    else {
      this.slots.resetStats();
      this.mailbox.resetStats();
    }
  }
}

function portOf(server: NetServer | Server): number {
  return (server.address() as AddressInfo).port;
}
