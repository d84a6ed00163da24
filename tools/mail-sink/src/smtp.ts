import { domainToASCII } from 'node:url';
import { epochMs } from '@sluice/kit/clock';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

import { readHeaders } from './headers.ts';
import type { TakenMail } from './mailbox.ts';
import { callAt } from './clock.ts';
import type { Slot, Slots } from './slots.ts';

const maxMessageBytes = 1024 * 1024;
/** A pool keeps idle connections; they must outlive the quiet part of a run. */
const idleTimeoutMs = 30 * 60_000;
const closeTimeoutMs = 500;

export interface SmtpOptions {
  slots: Slots;
  /** Called right before 250 is sent. */
  onMail: (mail: Omit<TakenMail, 'seq'>, raw: Buffer) => void;
  onRefusal: () => void;
}

/**
 * SMTP with a capacity: a slot is taken at MAIL FROM and released with the reply to DATA, which is sent `latencyMs`
 * after MAIL FROM. Without a free slot MAIL FROM is answered with 421, which also ends the connection.
 */
export function createSmtp({ slots, onMail, onRefusal }: SmtpOptions): SMTPServer {
  const held = new Map<string, Slot>();
  const lateMs = new Map<string, number>();
  const free = (session: SMTPServerSession): void => {
    const slot = held.get(session.id);
    if (slot !== undefined) slots.release(slot);
    held.delete(session.id);
  };

  const server = new SMTPServer({
    name: 'mail-sink',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    authOptional: true,
    // Which addresses exist is the business of those who send.
    lenientAddressParsing: true,
    size: maxMessageBytes,
    rejectOversized: true,
    socketTimeout: idleTimeoutMs,
    closeTimeout: closeTimeoutMs,

    onMailFrom(_address, session, callback) {
      // A mail dropped by RSET leaves no trace but a new envelope.
      const { envelope } = session;
      free(session);
      const slot = slots.take(() => session.envelope === envelope, lateMs.get(session.id));
      if (slot === undefined) {
        onRefusal();
        callback(smtpError(421, `${slots.capacity.slots} mails are in progress, try again later`));
        return;
      }
      held.set(session.id, slot);
      callback();
    },

    onData(stream, session, callback) {
      const slot = held.get(session.id);
      collect(stream, (raw) => {
        if (raw === undefined || slot === undefined) return;
        callAt(slot.dueAtMs, () => {
          if (held.get(session.id) !== slot) return;
          free(session);
          lateMs.set(session.id, performance.now() - slot.dueAtMs);
          if (!stream.sizeExceeded) onMail(describe(session, raw), raw);
          callback();
        });
      });
    },

    onClose(session) {
      free(session);
      lateMs.delete(session.id);
    },
  });
  // Connections that break free their slot in onClose. A listener must exist, else an
  // ECONNRESET ends the process; a failed listen is reported by the promise of `start`.
  server.on('error', () => undefined);
  return server;
}

function describe(session: SMTPServerSession, raw: Buffer): Omit<TakenMail, 'seq'> {
  const { messageId, subject } = readHeaders(raw);
  const { mailFrom, rcptTo } = session.envelope;
  const from = mailFrom === false ? '' : asSent(mailFrom.address);
  return { messageId, to: rcptTo.map(({ address }) => asSent(address)).join(','), from, subject, takenAt: epochMs() };
}

/** The server decodes punycode. */
function asSent(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + (domainToASCII(address.slice(at)) || address.slice(at));
}

/** Undefined when the client left in the middle of the message. */
function collect(stream: SMTPServerDataStream, done: (raw: Buffer | undefined) => void): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => {
    if (!stream.sizeExceeded) chunks.push(chunk);
  });
  stream.once('end', () => done(Buffer.concat(chunks)));
  stream.once('error', () => done(undefined));
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
