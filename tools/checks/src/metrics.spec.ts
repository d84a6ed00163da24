import { describe, expect, it } from 'vitest';
import { metricsBelow, metricsOf, unitOf } from './metrics.ts';
import { read } from './repository.ts';

const imported = "import { Counter, Gauge } from 'prom-client';\n";

describe('metrics of the sources', () => {
  it('are all on the page', () => {
    const page = read('docs/metrics.md');
    const all = metricsBelow('');
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter(({ name }) => !page.includes(`| \`${name}\` `)).map(({ name }) => name)).toEqual([]);
  });

  it('are read with name, type, labels and help', () => {
    const text = `${imported}const labelNames = ['a', 'b'] as const;
      new Counter({ name: \`\${scope}_things_total\`, help: 'Things, ' + 'all.', labelNames, registers });`;
    expect(metricsOf('a.ts', text)).toEqual([
      { name: 'sluice_things_total', type: 'counter', labels: ['a', 'b'], help: 'Things, all.', file: 'a.ts' },
    ]);
  });

  it.each([
    ['sluice_outbox_oldest_seconds', 'seconds'],
    ['sluice_orders_accepted_total', ''],
    ['sluice_mails_in_progress', 'mails'],
    ['sluice_breaker_state', ''],
  ])('have the unit that their name ends with: %s', (name, unit) => {
    expect(unitOf(name)).toBe(unit);
  });

  it.each([
    ['new Gauge({ name, help: "x" })', 'a text'],
    ['new Gauge({ name: `${prefix}_x`, help: "x" })', 'a text'],
    ['new Gauge({ name: "x" })', 'a text'],
    ['new Gauge({ name: "x", help: "x", labelNames: labelsOf(1) })', 'a list of labels'],
    ['new Gauge(options)', 'the options'],
  ])('are refused where they can not be read: %s', (text, what) => {
    expect(() => metricsOf('a.ts', imported + text)).toThrow(`a.ts:2: ${what} of a metric must be written out`);
  });
});
