import { baseConfig, closingMs, emailAddress, fitsInto, wholeNumber, type ConfigOf } from '@sluice/service-kit';
import { z } from 'zod';

export const recordOnly = 'record:';

const variables = baseConfig.extend({
  /**
   * The mail provider; user and password may be part of it. `record:` mails nothing and only keeps the record that it
   * was done: for measuring everything but the mail.
   */
  SMTP_URL: z.url({ protocol: /^smtps?$/, message: 'must be an smtp:// URL' }).or(z.literal(recordOnly)),
  /** Most mails in progress at a time, in this process. How many the provider takes below that is found from its refusals. */
  MAIL_CONCURRENCY: wholeNumber(1, 1_000).default(64),
  MAIL_FROM: emailAddress.default('orders@sluice.local'),
  /** How long one mail may take at the provider; milliseconds. At the end a mail under way is waited for. */
  MAIL_TIMEOUT_MS: wholeNumber(100, 600_000).default(10_000),
  /** For how long a mail is tried again that the provider defers, before it is dead-lettered; milliseconds. */
  MAIL_RETRY_FOR_MS: wholeNumber(1_000, 604_800_000).default(14_400_000),
  /** After this long without a sign of life another instance may take over what one has claimed; milliseconds. */
  CLAIM_LEASE_MS: wholeNumber(500, 600_000).default(10_000),
  /** Notifications over HTTP that are under way or wait for the provider; one more is shed with 503. */
  NOTIFY_QUEUE: wholeNumber(1, 100_000).default(256),
  /** A notification over HTTP without a deadline of its caller gets this one; milliseconds. */
  NOTIFY_TIMEOUT_MS: wholeNumber(100, 600_000).default(10_000),
});

export const notificationConfig = variables.check(
  fitsInto('MAIL_TIMEOUT_MS', 'SHUTDOWN_TIMEOUT_MS', { spareMs: closingMs }),
);
export type NotificationConfig = ConfigOf<typeof notificationConfig>;
