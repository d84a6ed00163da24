import type { BenchContext } from '../src/row.ts';

/** On the Kafka and the PostgreSQL of the integration tests, whose processes are none of ours. */
export function testContext(more: Partial<BenchContext> = {}): BenchContext {
  const { KAFKA_BROKERS: bootstrap = '', DATABASE_URL: serverUrl = '' } = process.env;
  return {
    seconds: 1,
    quick: true,
    signal: new AbortController().signal,
    report: () => undefined,
    infrastructure: {
      kind: 'external',
      kafka: { bootstrap, clusterId: '', brokers: [] },
      serverUrl,
      parts: [],
    },
    ...more,
  };
}
