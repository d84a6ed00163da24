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

  it('keep the longest deadline a date', () => {
    const { orderDeadlineMs } = parseConfig('order', orderConfig, { ...env, ORDER_DEADLINE_MS: '2592000000' });
    expect(new Date(Date.now() + orderDeadlineMs).getTime()).toBeGreaterThan(Date.now());
  });
});
