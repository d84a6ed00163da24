import { parseConfig } from '@sluice/service-kit';
import { describe, expect, it } from 'vitest';
import { notificationConfig } from './config.ts';

const parse = (env: Record<string, string> = {}) =>
  parseConfig('notification', notificationConfig, {
    PORT: '3003',
    DATABASE_URL: 'postgres://someone@127.0.0.1:5432/there',
    KAFKA_BROKERS: '127.0.0.1:9092',
    ADMIN_TOKEN: 'a-token-of-the-test',
    SMTP_URL: 'smtp://127.0.0.1:2525',
    ...env,
  });

describe('the configuration of notification', () => {
  it('has bounds that fit into each other by default', () => {
    expect(parse()).toMatchObject({ mailTimeoutMs: 10_000, shutdownTimeoutMs: 15_000, stopGraceMs: 20_000 });
    expect(parse()).toMatchObject({ mailRetryForMs: 4 * 3_600_000 });
  });

  it('refuses a mail that may take longer than the shutdown waits for it, and names both', () => {
    expect(() => parse({ MAIL_TIMEOUT_MS: '14000' })).not.toThrow();
    expect(() => parse({ MAIL_TIMEOUT_MS: '14001' })).toThrow(
      /^MAIL_TIMEOUT_MS: .*SHUTDOWN_TIMEOUT_MS, which is 15000 ms$/,
    );
    expect(() => parse({ SHUTDOWN_TIMEOUT_MS: '10999' })).toThrow(
      /^MAIL_TIMEOUT_MS: 10000 ms must be at least 1000 ms/,
    );
  });

  it('sends from an address that mail servers take', () => {
    expect(() => parse({ MAIL_FROM: 'shop@example-.com' })).toThrow(/^MAIL_FROM: must be an e-mail address/);
  });
});
