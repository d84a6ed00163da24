import { baseConfig, emailAddress, wholeNumber, type ConfigOf } from '@sluice/service-kit';
import { z } from 'zod';

export const recordOnly = 'record:';

export const notificationConfig = baseConfig.extend({
  /**
   * The mail provider; user and password may be part of it. `record:` mails nothing and only keeps the record that it
   * was done: for measuring everything but the mail.
   */
  SMTP_URL: z.url({ protocol: /^smtps?$/, message: 'must be an smtp:// URL' }).or(z.literal(recordOnly)),
  /** Mails in progress at a time, in this process; the provider refuses more than it has slots for. */
  MAIL_CONCURRENCY: wholeNumber(1, 1_000).default(20),
  MAIL_FROM: emailAddress.default('orders@sluice.local'),
  /** How long one mail may take at the provider; milliseconds. */
  MAIL_TIMEOUT_MS: wholeNumber(100, 600_000).default(30_000),
  /** After this long without a sign of life another instance may take over what one has claimed; milliseconds. */
  CLAIM_LEASE_MS: wholeNumber(500, 600_000).default(10_000),
  /** Notifications over HTTP that are under way or wait for the provider; one more is shed with 503. */
  NOTIFY_QUEUE: wholeNumber(1, 100_000).default(256),
  /** A notification over HTTP without a deadline of its caller gets this one; milliseconds. */
  NOTIFY_TIMEOUT_MS: wholeNumber(100, 600_000).default(10_000),
});
export type NotificationConfig = ConfigOf<typeof notificationConfig>;
