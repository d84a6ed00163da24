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
  return {
    passed: outcomes.reduce((total, { passed }) => total + passed, 0),
    skipped: outcomes.reduce((total, { skipped }) => total + skipped, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
  };
}

/** The failures, each on a line that begins with a cross, and the one line that counts: `N passed, N failed`. */
export function summary({ passed, skipped, failures }: Outcome): string {
  const counts = `${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return [...failures.map((failure) => `✗ ${failure}`), counts].join('\n');
}
