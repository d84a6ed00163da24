/** What a suite came to: `failures` has one line for each thing that failed. */
export interface Outcome {
  passed: number;
  skipped: number;
  failures: string[];
}

/** The part that is read of what Vitest's JSON reporter writes. */
export interface VitestReport {
  numPassedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    /** Milliseconds of the epoch. */
    startTime: number;
    endTime: number;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

const firstLine = (text = '') => text.split('\n', 1)[0]?.slice(0, 300) || 'failed outside of its tests, see above';

/** A spec file that could not be loaded or set up has no failed test to count, and counts as one failure. */
export function outcomeOf(report: VitestReport, succeeded: boolean): Outcome {
  const failures = report.testResults
    .filter(({ status }) => status === 'failed')
    .flatMap((file) => {
      const failed = file.assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [`${file.name}: ${firstLine(file.message)}`];
      return failed.map((test) => `${file.name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
    });
  if (!succeeded && failures.length === 0) failures.push('vitest: ended with an error of its own, printed above');
  return { passed: report.numPassedTests, skipped: report.numPendingTests + report.numTodoTests, failures };
}

export function sum(outcomes: Outcome[]): Outcome {
  const total = (key: 'passed' | 'skipped') => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
  return { passed: total('passed'), skipped: total('skipped'), failures: outcomes.flatMap(({ failures }) => failures) };
}

/** The failures, each on a line that begins with a cross, and the one line that counts: `N passed, N failed`. */
export function summary({ passed, skipped, failures }: Outcome): string {
  const counts = `${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return [...failures.map((failure) => `✗ ${failure}`), counts].join('\n');
}

export interface Duration {
  what: string;
  seconds: number;
}

/** Levels run one after another, so that each takes from the end of the one before (or `startMs`) to its own end. */
export function levelDurations({ testResults }: VitestReport, startMs: number): Duration[] {
  const ends = new Map<string, number>();
  for (const { name, endTime } of testResults) {
    const level = /\.([a-z0-9]+)-spec\.ts$/.exec(name)?.[1] ?? 'unit';
    ends.set(level, Math.max(ends.get(level) ?? 0, endTime));
  }
  let previous = startMs;
  return [...ends]
    .sort(([, a], [, b]) => a - b)
    .map(([what, end]) => {
      const seconds = (end - previous) / 1_000;
      previous = end;
      return { what, seconds };
    });
}

export function durationTable(durations: Duration[]): string {
  const rows = durations.map(({ what, seconds }) => `${seconds.toFixed(0).padStart(6)} s  ${what}`);
  return ['where the time went:', ...rows].join('\n');
}
