import { describe } from 'vitest';
import { adminSuite } from './driver-admin.suite.ts';
import type { DriverEnvironment } from './driver-bench.ts';
import { consumingSuite } from './driver-consuming.suite.ts';
import { lagSuite } from './driver-lag.suite.ts';
import { outageSuite } from './driver-outage.suite.ts';
import { producingSuite } from './driver-producing.suite.ts';
import { readingSuite } from './driver-reading.suite.ts';
import { topicsSuite } from './driver-topics.suite.ts';

/** What every driver keeps of the port's promises (`src/drivers/port.ts`), on whatever stands behind it. */
export function driverSuite(name: string, environment: DriverEnvironment): void {
  describe(`the ${name} driver`, () => {
    describe('producing', () => producingSuite(environment));
    describe('consuming', () => consumingSuite(environment));
    describe('reading', () => readingSuite(environment));
    describe('topics', () => topicsSuite(environment));
    describe('administration', () => adminSuite(environment));
    describe('lag', () => lagSuite(environment));
    describe('outages', () => outageSuite(environment));
  });
}
