import { MailDeferred, MailRefused, ProviderFull, ProviderUnavailable } from '../domain/errors.ts';

/** What nodemailer adds to its errors. */
interface SmtpError extends Error {
  code?: string;
  /** The server's reply, when there was one. */
  responseCode?: number;
  /** What was said last, `CONN` for anything about the connection; absent when nothing was sent at all. */
  command?: string;
  syscall?: string;
}

const connectionCodes = new Set('ECONNECTION ETIMEDOUT ESOCKET EDNS EABORT ETLS EPROTOCOL EAUTH'.split(' '));

/** Replies to these are about the one mail; to anything else about the sender or the session. */
const aboutTheMail = new Set(['RCPT TO', 'DATA']);

/**
 * Whether the provider ended a connection that had carried mails, before it was given anything of this one: many allow a
 * number of mails per connection. That is how the pool reports it when it may not queue the mail again.
 */
export function endedBeforeMail(error: unknown): boolean {
  const { code, responseCode, command } = error as SmtpError;
  return code === 'ECONNECTION' && responseCode === undefined && command === undefined;
}

/** Says whether the provider, the moment or the mail is at fault. A defect of ours is passed through. */
export function classifySmtpError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, responseCode, command, syscall, message } = error as SmtpError;
  if (responseCode === undefined) {
    // An address that nodemailer itself can't put into an envelope.
    if (code === 'EENVELOPE' || code === 'EMESSAGE') return new MailRefused(message, error);
    if (!connectionCodes.has(code ?? '')) return error;
    const notBegun = command === undefined || syscall === 'connect' || code === 'EDNS';
    return new ProviderUnavailable(message, !notBegun || code === 'EABORT', error);
  }
  if (responseCode === 421) return new ProviderFull(message, error);
  if (responseCode === 503 || !aboutTheMail.has(command ?? '')) {
    return new ProviderUnavailable(message, false, error);
  }
  return responseCode >= 500 ? new MailRefused(message, error) : new MailDeferred(message, { cause: error });
}
