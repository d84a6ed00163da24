import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One SMTP connection that says exactly what a test wants said. */
export class SmtpClient {
  readonly #socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => (this.#received += text));
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<SmtpClient> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect', { signal: AbortSignal.timeout(30_000) });
    const client = new SmtpClient(socket);
    await client.#reply();
    await client.say('EHLO test');
    return client;
  }

  /** The reply's code. */
  async say(line: string): Promise<number> {
    this.#socket.write(`${line}\r\n`);
    return this.#reply();
  }

  /** Codes of MAIL FROM and, when that was accepted, of DATA. */
  async mail(to: string, messageId: string, subject = 'Order'): Promise<number> {
    const from = await this.say('MAIL FROM:<shop@sluice.local>');
    if (from !== 250) return from;
    await this.say(`RCPT TO:<${to}>`);
    await this.say('DATA');
    return this.say(`Message-ID: ${messageId}\r\nSubject: ${subject}\r\nTo: ${to}\r\n\r\nHello\r\n.`);
  }

  async closed(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, 'close', { signal: AbortSignal.timeout(30_000) });
  }

  close(): void {
    this.#socket.destroy();
  }

  async #reply(): Promise<number> {
    const complete = /^(?:\d{3}-.*\r\n)*(\d{3}) .*\r\n/;
    const signal = AbortSignal.timeout(30_000);
    for (let match = complete.exec(this.#received); ; match = complete.exec(this.#received)) {
      if (match !== null) {
        this.#received = this.#received.slice(match[0].length);
        return Number(match[1]);
      }
      await once(this.#socket, 'data', { signal });
    }
  }
}
