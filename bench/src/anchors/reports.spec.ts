import { describe, expect, it } from 'vitest';
import { consumedPerSecond, producedPerSecond } from './kafka-tools.ts';
import { transactionsPerSecond } from './pgbench.ts';

describe('reports of the tools', () => {
  it('pgbench', () => {
    const report = 'latency average = 7.9 ms\ninitial connection time = 12.3 ms\n';
    expect(transactionsPerSecond(`${report}tps = 1012.5 (without initial connection time)\n`)).toBe(1012.5);
    expect(() => transactionsPerSecond(report)).toThrow('no transactions per second');
  });

  it("Kafka's producer: the line over the whole run, not that of a part of it", () => {
    const part = '72417 records sent, 14480.5 records/sec (7.64 MB/sec), 3101.2 ms avg latency, 4000.0 ms max latency.';
    const whole = '100000 records sent, 16000.25 records/sec (8.44 MB/sec), 2900.10 ms avg latency, 4000.0 ms max.';
    expect(producedPerSecond(`${part}\n${whole}\n`)).toBe(16000.25);
    expect(() => producedPerSecond('')).toThrow('no rate');
  });

  it("Kafka's consumer: without the time of joining", () => {
    const names =
      'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms';
    const report = `${names}, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\na, b, 53.3, 13.3, 100000, 25000.0, 3000, 1000, 53.3, 99999.5\n`;
    expect(consumedPerSecond(report)).toBe(99999.5);
    expect(() => consumedPerSecond('Exiting before consuming')).toThrow('no rate');
  });
});
