// For the libraries that have drivers: not built, so that it exists for tests alone.
export { allOf, byPosition, DriverBench, type DriverEnvironment, Recorder, valuesOf } from './driver-bench.ts';
export { driverSuite } from './driver.suite.ts';
export { MeasuredMember } from './measured-member.ts';
