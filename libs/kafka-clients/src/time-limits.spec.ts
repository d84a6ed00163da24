import { describe, expect, it } from 'vitest';
import { kafkaDriver } from './index.ts';

describe.each(['kafkajs', 'platformatic'] as const)('a time limit of the driver %s', (client) => {
  const driver = (limits: object) => () =>
    kafkaDriver({ brokers: ['127.0.0.1:1'], clientId: 'spec', client, ...limits });

  it.each([0, -1, 1.5, Infinity, Number.NaN, 2 ** 31])('is not %d', (ms) => {
    expect(driver({ requestTimeoutMs: ms })).toThrow("a Kafka driver's option requestTimeoutMs must be a whole number");
    expect(driver({ connectTimeoutMs: ms })).toThrow("a Kafka driver's option connectTimeoutMs must be a whole number");
  });

  it('may be left out', () => {
    expect(driver({})).not.toThrow();
    expect(driver({ requestTimeoutMs: 1_000, connectTimeoutMs: 1_000 })).not.toThrow();
  });
});
