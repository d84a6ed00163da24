import { AppError } from '@sluice/core';

/** The provider can't be reached or refuses connections: another mail would fail as well. */
export class ProviderUnavailable extends AppError {
  constructor(
    message: string,
    /** The connection broke when the mail may have been taken already. */
    readonly outcomeUnknown: boolean,
    cause?: unknown,
    code = 'mail-provider-unavailable',
  ) {
    super('unavailable', code, message, { cause });
  }
}

/** The provider takes no more mails at a time: this one was not taken, and is when another has ended. */
export class ProviderFull extends ProviderUnavailable {
  constructor(message: string, cause?: unknown) {
    super(message, false, cause, 'mail-provider-full');
  }
}

/** The provider asks for this mail to be sent again later, and takes others: greylisting, a full mailbox. */
export class MailDeferred extends Error {
  override readonly name = 'MailDeferred';
  readonly code = 'mail-deferred';

  /** For a caller, whose whole request this one mail is. */
  toUnavailable(): AppError {
    return new AppError('unavailable', this.code, this.message, { cause: this, retryAfterSeconds: 60 });
  }
}

/** The provider will never take this mail. */
export class MailRefused extends AppError {
  constructor(message: string, cause?: unknown) {
    super('invalid', 'mail-refused', message, { cause });
  }
}

/** Whether the others of a batch can be sent all the same. */
export function concernsOneMail(error: unknown): error is MailDeferred | MailRefused {
  return error instanceof MailDeferred || error instanceof MailRefused;
}

/** Another instance, or another request, is sending the same notification, or died doing so a moment ago. */
export class ClaimedElsewhere extends AppError {
  constructor() {
    super('unavailable', 'notification-claimed', 'The notification is being sent already.');
  }
}

/** A claim ran out before the mail was begun; the next holder sends it. */
export class ClaimLost extends AppError {
  constructor() {
    super('unavailable', 'claim-lost', 'The claim ran out before the mail was sent.');
  }
}

/** The process is about to end and begins no more mails. */
export class ShuttingDown extends AppError {
  constructor() {
    super('unavailable', 'shutting-down', 'This instance is about to end.');
  }
}

/** The caller no longer waits. The mail was not begun. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}
