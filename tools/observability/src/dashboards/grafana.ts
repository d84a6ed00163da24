import { scope } from '@sluice/core';
import type { Dashboard, Panel, StatColors } from './panel.ts';

const datasource = { type: 'prometheus', uid: 'prometheus' };
const COLUMNS = 24;
const size = { panel: { w: 8, h: 8 }, stat: { w: 6, h: 5 } };

/** A dashboard in Grafana's own JSON: rows of panels, three next to each other, or four with one number each. */
export function grafanaJson({ uid, title, rows, variables = {} }: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let x = 0;
    for (const [i, panel] of row.panels.entries()) {
      const { w, h } = panel.stat ? size.stat : size.panel;
      panels.push({ id: panels.length + 1, ...grafanaPanel(panel), gridPos: { x, y, w, h } });
      x += w;
      const isLast = i === row.panels.length - 1;
      if (x + w > COLUMNS || isLast) [x, y] = [0, y + h];
    }
  }
  return {
    ...{ uid: `${scope}-${uid}`, title, tags: [scope], schemaVersion: 39, version: 1, editable: true },
    ...{ refresh: '10s', time: { from: 'now-30m', to: 'now' }, timezone: 'browser' },
    templating: { list: Object.entries(variables).map(([name, query]) => variable(name, query)) },
    panels,
  };
}

function grafanaPanel({ title, unit, series, description, stat }: Panel): object {
  const legend = { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } };
  return {
    type: stat ? 'stat' : 'timeseries',
    title,
    ...(description !== undefined && { description }),
    datasource,
    fieldConfig: { defaults: { unit, min: 0, ...(stat && { thresholds: thresholdsOf(stat) }) }, overrides: [] },
    options: stat ? { reduceOptions: { calcs: ['lastNotNull'] } } : legend,
    targets: Object.entries(series).map(([legendFormat, expr], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      legendFormat,
    })),
  };
}

// Grafana's own default is green below 80 and red above, whatever the number means.
function thresholdsOf({ redFrom, redBelow }: StatColors): object {
  const step = (color: string, value: number | null): object => ({ color, value });
  let steps = [step('text', null)];
  if (redFrom !== undefined) steps = [step('green', null), step('red', redFrom)];
  if (redBelow !== undefined) steps = [step('red', null), step('green', redBelow)];
  return { mode: 'absolute', steps };
}

function variable(name: string, query: string): object {
  return { type: 'query', name, datasource, query, refresh: 2, sort: 1 };
}
