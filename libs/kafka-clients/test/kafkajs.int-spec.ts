import { describe, expect, it } from 'vitest';
import { driverSuite, type DriverEnvironment } from '@sluice/kafka/testing/conformance';
import { kafkaDriver } from '../src/index.ts';
import { cutConnections } from './cut-connections.ts';
import { addPartitions, expelMembers } from './operations.ts';
import { fetchingSuite } from './driver-fetching.suite.ts';
import { joiningSuite } from './driver-joining.suite.ts';
import { retentionSuite } from './driver-retention.suite.ts';
import { unreadableSuite } from './driver-unreadable.suite.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');

const environment: DriverEnvironment = {
  driver: kafkaDriver({ brokers, clientId: 'driver-spec', metadataMaxAgeMs: 1_000 }),
  unreachable: kafkaDriver({ brokers: ['127.0.0.1:1'], clientId: 'away', connectTimeoutMs: 500 }),
  interrupt: cutConnections(),
  fence: expelMembers,
  grow: addPartitions,
};

driverSuite('kafkajs', environment);
describe('the kafkajs driver fetching', () => fetchingSuite(environment));
describe('the kafkajs driver and retention', () => retentionSuite(environment));
describe('the kafkajs driver joining', () => joiningSuite(environment));
describe('the kafkajs driver at unreadable batches', () => unreadableSuite(environment));

describe('the kafkajs driver', () => {
  it("keeps kafkajs's idle timer from firing", async () => {
    const warnings: string[] = [];
    const noteWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', noteWarning);
    try {
      const admin = await kafkaDriver({ brokers, clientId: 'driver-spec' }).admin();
      await admin.topics();
      await admin.close();
    } finally {
      process.off('warning', noteWarning);
    }
    expect(warnings).not.toContain('TimeoutNegativeWarning');
  });
});
