import { describe, expect, it } from 'vitest';
import { aResult, logResult } from '../../test/results.ts';
import { comparisonTable } from './comparison.ts';
import { verdict } from './verdict.ts';

describe('the verdict', () => {
  it('says what each flow did with the burst, and what async costs', () => {
    const text = verdict(aResult()).join('\n');
    expect(text).toContain('2,000 orders per second where the mail provider can take 200');
    expect(text).toMatch(/async accepted 6,000 of 6,000 orders \(100 %\).* completed the last 27 s after/);
    expect(text).toMatch(/failed the rest: [\d,]+ × 503/);
    expect(text).toContain('orders that sync shed');
    expect(text).toMatch(/price of async: half of its orders waited more than 13\.\d s/);
    expect(text).toContain('1 Kafka broker,');
  });

  it('says so when async accepted less', () => {
    const { flows, ...rest } = aResult();
    const text = verdict({ ...rest, flows: { sync: flows.async!, async: flows.sync! } }).join('\n');
    expect(text).toContain('the queue brought nothing');
  });

  it('names the faster one when both accepted everything', () => {
    const result = aResult();
    result.flows.sync = structuredClone(result.flows.async!);
    result.flows.sync.ackMs.p99 = 2;
    expect(verdict(result).join('\n')).toContain('sync answered sooner (p99 2 ms against 5 ms)');
  });

  it('never shows figures of the log flow without what its acceptance means', () => {
    const all = aResult();
    all.flows.log = logResult();
    const text = verdict(all).join('\n');
    expect(text).toMatch(/Log-first accepted 6,000 of 6,000 orders/);
    expect(text).toContain('is in the page cache of 1 broker, which survives the end of every process, not a crash');
    expect(text).toContain('with async it is committed, on disk');
    expect(comparisonTable(all)).toMatch(
      /│ an acceptance is +│ committed, on disk +│.*│ in the page cache of 1 broker/,
    );
    const alone = { ...all, flows: { log: { ...logResult(), durability: 'on disk of 1 broker' } } };
    expect(verdict(alone).join('\n')).toMatch(/Only the log flow ran.*\n.*survives a crash of the machine/);
  });

  it('does not claim completion that did not happen', () => {
    const result = aResult();
    result.flows.async!.completed = 100;
    result.flows.async!.endToEndMs.p50 = null;
    const text = verdict(result).join('\n');
    expect(text).toContain('had completed 100 of them when the run gave up waiting');
    expect(text).toContain('a client knows the outcome only later');
  });
});

describe('the table', () => {
  it('has a line per figure and no colours', () => {
    const table = comparisonTable(aResult());
    expect(table).toMatch(/│ accepted +│ \d+ \(1\d(\.\d)? %\) +│ 6,000 \(100 %\) +│/);
    expect(table).toMatch(/│ ledger +│ clean +│ clean +│/);
    // eslint-disable-next-line no-control-regex -- this is what must not be there
    expect(table).not.toMatch(/\u001b/);
  });
});
