import { describe } from 'vitest';
import { driverSuite, type DriverEnvironment } from '@sluice/kafka/testing/conformance';
import { kafkaDriver } from '../src/index.ts';
import { fetchingSuite } from './driver-fetching.suite.ts';
import { joiningSuite } from './driver-joining.suite.ts';
import { retentionSuite } from './driver-retention.suite.ts';
import { unreadableSuite } from './driver-unreadable.suite.ts';
import { cutConnections } from './cut-connections.ts';
import { addPartitions, expelMembers } from './operations.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');

const environment: DriverEnvironment = {
  driver: kafkaDriver({ client: 'platformatic', brokers, clientId: 'driver-spec', metadataMaxAgeMs: 1_000 }),
  unreachable: kafkaDriver({
    client: 'platformatic',
    brokers: ['127.0.0.1:1'],
    clientId: 'away',
    connectTimeoutMs: 500,
  }),
  interrupt: cutConnections(),
  fence: expelMembers,
  grow: addPartitions,
};

driverSuite('platformatic', environment);
describe('the platformatic driver fetching', () => fetchingSuite(environment));
describe('the platformatic driver and retention', () => retentionSuite(environment));
describe('the platformatic driver joining', () => joiningSuite(environment));
describe('the platformatic driver at unreadable batches', () => unreadableSuite(environment));
