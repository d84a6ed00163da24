import { AppError } from '@sluice/core';

/** The provider can't be reached, refuses connections, or is full: nothing that another mail would fare better with. */
export class ProviderUnavailable extends AppError {
  constructor(
    message: string,
    /** The connection broke when the mail may have been taken already. */
    readonly outcomeUnknown: boolean,
    cause?: unknown,
  ) {
    super('unavailable', 'mail-provider-unavailable', message, { cause });
  }
}

/** The provider asks for this mail to be sent again later. */
export class MailDeferred extends AppError {
  constructor(message: string, cause?: unknown) {
    super('unavailable', 'mail-deferred', message, { cause });
  }
}

/** The provider will never take this mail. */
export class MailRefused extends AppError {
  constructor(message: string, cause?: unknown) {
    super('invalid', 'mail-refused', message, { cause });
  }
}

/** Another instance, or another request, is sending the same notification, or died doing so a moment ago. */
export class ClaimedElsewhere extends AppError {
  constructor() {
    super('unavailable', 'notification-claimed', 'The notification is being sent already.');
  }
}

/** A claim ran out before the mail was begun; whoever took it over sends it. */
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

/** Whoever asked no longer waits. The mail was not begun. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** The mail was sent, or may have been, but that could not be noted. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}
