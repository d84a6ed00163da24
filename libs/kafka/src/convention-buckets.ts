/** Of durations, in seconds, as OpenTelemetry's semantic conventions (1.45.0) advise for messaging. */
export const conventionBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
