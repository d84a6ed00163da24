import { describe, expect, it } from 'vitest';
import { durationTable, levelDurations, outcomeOf, sum, summary, type VitestReport } from './outcome.ts';

const report = (testResults: VitestReport['testResults']): VitestReport => ({
  numPassedTests: 3,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults,
});
const file = (status: string, assertionResults: VitestReport['testResults'][0]['assertionResults'] = []) => ({
  name: 'a.spec.ts',
  status,
  message: 'no such module\n  at a line',
  startTime: 0,
  endTime: 0,
  assertionResults,
});

describe('the outcome of a suite', () => {
  it('names each test that failed, with the first line of why', () => {
    const tests = [
      { status: 'passed', fullName: 'adds' },
      { status: 'failed', fullName: 'divides', failureMessages: ['expected 1 to be 2\n  at a line'] },
    ];
    const outcome = outcomeOf(report([file('failed', tests), file('passed')]), false);
    expect(summary(outcome)).toBe('✗ a.spec.ts > divides: expected 1 to be 2\n3 passed, 1 failed, 2 skipped');
  });

  it('counts a file that could not be loaded as one failure', () => {
    expect(outcomeOf(report([file('failed')]), false).failures).toEqual(['a.spec.ts: no such module']);
  });

  it('is a failure when vitest ends with an error though no test failed', () => {
    expect(outcomeOf(report([file('passed')]), false).failures).toHaveLength(1);
    expect(outcomeOf(report([file('passed')]), true).failures).toEqual([]);
  });

  it('adds up', () => {
    const failed = { passed: 0, skipped: 0, failures: ['lint'] };
    expect(summary(sum([{ passed: 2, skipped: 0, failures: [] }, failed]))).toBe('✗ lint\n2 passed, 1 failed');
  });
});

describe('where the time went', () => {
  it('is told level by level, each with its set-up', () => {
    const at = (name: string, endTime: number) => ({ ...file('passed'), name, endTime });
    const results = [at('b.int-spec.ts', 9_000), at('a.spec.ts', 2_000), at('c.int-spec.ts', 7_000)];
    const durations = levelDurations(report(results), 1_000);
    expect(durations).toEqual([
      { what: 'unit', seconds: 1 },
      { what: 'int', seconds: 7 },
    ]);
    expect(durationTable(durations)).toBe('where the time went:\n     1 s  unit\n     7 s  int');
  });
});
