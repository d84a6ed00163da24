import type { Log } from '@sluice/core';

export interface DriverOptions {
  brokers: string[];
  clientId: string;
  /** The client library behind the port; default `kafkajs`. See docs/adr/0012. */
  client?: 'kafkajs' | 'platformatic';
  /** Kafka `request.timeout.ms`; default 30,000. */
  requestTimeoutMs?: number;
  /** Time for one TCP connection to a broker; default 5,000. */
  connectTimeoutMs?: number;
  /**
   * Kafka `metadata.max.age.ms`: consumers own added partitions within this time, and producers use them after it;
   * default 30,000 (Kafka: 300,000).
   */
  metadataMaxAgeMs?: number;
  /** Where the client's own log lines go; default nowhere. */
  log?: Log;
}
