import { parseConfig } from '@sluice/service-kit';
import { describe, expect, it } from 'vitest';
import { orderConfig } from './config.ts';

const env = {
  PORT: '0',
  DATABASE_URL: 'postgres://someone@127.0.0.1:5432/there',
  KAFKA_BROKERS: '127.0.0.1:9092',
  ADMIN_TOKEN: 'a-token-of-the-test',
  INVENTORY_URL: 'http://127.0.0.1:1',
  NOTIFICATION_URL: 'http://127.0.0.1:1',
};
const isNumber = (name: keyof typeof orderConfig.shape): boolean =>
  typeof orderConfig.shape[name].safeParse('1000').data === 'number';
const numbers = orderConfig.keyof().options.filter(isNumber);

describe('the settings of the order service', () => {
  it('are found by this spec', () => {
    expect(numbers).toEqual(expect.arrayContaining(['ORDER_DEADLINE_MS', 'SWEEP_INTERVAL_MS', 'SYNC_DEADLINE_MS']));
  });

  it.each(numbers)('have an upper bound: %s', (name) => {
    const settings = { ...env, [name]: String(Number.MAX_SAFE_INTEGER) };
    expect(() => parseConfig('order', orderConfig, settings)).toThrow(new RegExp(`^${name}: must be`));
  });

  it('fit into the time for the shutdown; else both are named', () => {
    const parse = (more: Record<string, string>) => () => parseConfig('order', orderConfig, { ...env, ...more });
    expect(parse({ SYNC_DEADLINE_MS: '14000', LOG_TIMEOUT_MS: '7000' })).not.toThrow();
    expect(parse({ SYNC_DEADLINE_MS: '14001' })).toThrow(
      /^SYNC_DEADLINE_MS: 14001 ms must be at least 1000 ms less than SHUTDOWN_TIMEOUT_MS, which is 15000 ms$/,
    );
    expect(parse({ LOG_TIMEOUT_MS: '7001' })).toThrow(
      /^LOG_TIMEOUT_MS: 2 times 7001 ms must be at least 1000 ms less than SHUTDOWN_TIMEOUT_MS, which is 15000 ms$/,
    );
    expect(parse({ SHUTDOWN_TIMEOUT_MS: '5999' })).toThrow(/^SYNC_DEADLINE_MS: 5000 ms/);
  });

  it('keep the longest deadline a date', () => {
    const { orderDeadlineMs } = parseConfig('order', orderConfig, { ...env, ORDER_DEADLINE_MS: '2592000000' });
    expect(new Date(Date.now() + orderDeadlineMs).getTime()).toBeGreaterThan(Date.now());
  });
});
