/* global addEventListener, document, getComputedStyle, matchMedia, uPlot */
// Runs in the browser, inlined into the report with uPlot and the data. Draws what page-data.ts makes.
const data = JSON.parse(document.getElementById('data').textContent);
const flows = Object.keys(data.flows);
const dashes = { sync: [8, 4], async: undefined, log: [2, 2], reference: [2, 4] };

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function flowSeries(flow, extra = {}) {
  return { label: flow, stroke: color(flow), width: 2, dash: dashes[flow], points: { show: false }, ...extra };
}

function reference(label, extra = {}) {
  return { label, stroke: color('reference'), width: 1.5, dash: dashes.reference, points: { show: false }, ...extra };
}

function axis(label, extra = {}) {
  const grid = { stroke: color('grid'), width: 1 };
  const font = '12px system-ui, sans-serif';
  return { label, stroke: color('muted'), font, labelFont: font, labelSize: 20, grid, ticks: grid, ...extra };
}

const amount = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const readable = (_plot, value) => (value == null ? '–' : amount.format(value));

function duration(milliseconds) {
  if (milliseconds == null) return '–';
  return milliseconds >= 1000 ? `${amount.format(milliseconds / 1000)} s` : `${amount.format(milliseconds)} ms`;
}

/** Values of all flows on one time axis; after a flow's end nothing happens any more. */
function onTimeAxis(step, read) {
  const length = Math.max(1, ...flows.map((flow) => read(data.flows[flow]).length));
  const times = Array.from({ length }, (_, index) => index * step);
  return [times, ...flows.map((flow) => times.map((_, index) => read(data.flows[flow])[index] ?? 0))];
}

function interpolate(line, at) {
  const after = line.findIndex(([x]) => x >= at);
  if (after === -1) return 0;
  const [x1, y1] = line[after];
  if (after === 0 || x1 === at) return y1;
  const [x0, y0] = line[after - 1];
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

/** `expected` is drawn for reference, under `label`. */
function timeChart({ values, expected, label, unit, at, ...style }) {
  const extra = { value: readable, ...style };
  return {
    values: [...values, expected],
    series: [...flows.map((flow) => flowSeries(flow, extra)), reference(label, extra)],
    axes: [axis('seconds after the start', { size: 34 }), axis(unit, { size: 64 })],
    scales: { x: { time: false }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.05)] } },
    x: (_plot, value) => (value == null ? '–' : at(value)),
  };
}

function rateChart(read, label, referenceValue) {
  const values = onTimeAxis(1, read);
  // The last second needs an end to be drawn as a step.
  values.forEach((column, index) => column.push(index === 0 ? column.length : null));
  const paths = uPlot.paths.stepped({ align: 1 });
  const expected = values[0].map(referenceValue);
  return timeChart({ values, expected, label, unit: 'orders per second', at: (value) => `second ${value}`, paths });
}

function lagChart() {
  const values = onTimeAxis(data.sampleSeconds, (series) => series.lag);
  const expected = values[0].map((time) => interpolate(data.idealLine, time));
  const at = (value) => `${amount.format(value)} s`;
  return timeChart({ values, expected, label: 'perfect queue', unit: 'orders', at });
}

const percentileTicks = [0, Math.log10(2), 1, 2, 3, 4, 5];
const percentileLabel = (x) => `${amount.format(Math.round(100 * (1 - 10 ** -x) * 1000) / 1000)}`;
const percentileNames = ['0', '50', '90', '99', '99.9', '99.99', '99.999'];

function percentileChart(read) {
  const curves = flows.map((flow) => read(data.flows[flow]));
  if (curves.every((curve) => curve.length === 0)) return undefined;
  const tables = curves.map((curve) => [curve.map(([x]) => x), curve.map(([, y]) => Math.max(0.1, y))]);
  const end = Math.max(...tables.map(([xs]) => xs.at(-1) ?? 0), 1);
  return {
    values: uPlot.join(tables.map(([xs, ys]) => (xs.length ? [xs, ys] : [[0], [null]]))),
    series: flows.map((flow) => flowSeries(flow, { spanGaps: true, value: (_plot, value) => duration(value) })),
    axes: [
      axis('percent of the orders, at most this long', {
        size: 34,
        splits: () => percentileTicks.filter((tick) => tick <= end + 0.01),
        values: (_plot, splits) => splits.map((tick) => percentileNames[percentileTicks.indexOf(tick)]),
      }),
      decadeAxis(),
    ],
    scales: { x: { time: false, range: [0, end] }, y: { distr: 3 } },
    x: (_plot, value) => (value == null ? '–' : `${percentileLabel(value)} %`),
  };
}

/** Lines and labels at 1, 10, 100 … only. */
function decadeAxis() {
  const filter = (_plot, splits) => splits.map((split) => (isDecade(split) ? split : null));
  const grid = { stroke: color('grid'), width: 1, filter };
  const values = (_plot, splits) => splits.map((split) => (split == null ? '' : duration(split)));
  return axis('', { size: 64, filter, grid, ticks: grid, values });
}

function isDecade(value) {
  const exponent = Math.log10(value ?? 0);
  return Number.isFinite(exponent) && Math.abs(exponent - Math.round(exponent)) < 1e-9;
}

const charts = {
  accepted: () =>
    rateChart(
      (s) => s.acceptances,
      'offered',
      (time) => data.flows[flows[0]].arrivals[time] ?? 0,
    ),
  completed: () =>
    rateChart(
      (s) => s.completions,
      'capacity',
      () => data.capacity,
    ),
  lag: lagChart,
  ack: () => percentileChart((series) => series.ackMs),
  endToEnd: () => percentileChart((series) => series.endToEndMs),
};

function showLegend() {
  const entries = [...flows.map((flow) => [flow, flow]), ['reference', 'for reference']].map(([line, name]) => {
    const stroke = `stroke="var(--${line})" stroke-width="3" stroke-dasharray="${dashes[line] ?? ''}"`;
    return `<span><svg width="40" height="10" aria-hidden="true"><line y1="5" x2="40" y2="5" ${stroke} /></svg>${name}</span>`;
  });
  document.getElementById('legend').innerHTML = entries.join('');
}

const drawn = new Map();

function draw() {
  for (const [name, describe] of Object.entries(charts)) {
    const place = document.getElementById(`chart-${name}`);
    drawn.get(name)?.destroy();
    const chart = flows.length > 0 ? describe() : undefined;
    place.textContent = chart ? '' : 'Nothing to draw: no order came this far.';
    if (!chart) continue;
    const { values, series, x, ...options } = chart;
    const size = { width: place.clientWidth, height: 260 };
    const cursor = { drag: { x: true, y: false } };
    drawn.set(
      name,
      new uPlot({ ...size, ...options, cursor, series: [{ value: x, label: 'at' }, ...series] }, values, place),
    );
  }
}

function resize() {
  for (const [name, plot] of drawn) {
    const width = document.getElementById(`chart-${name}`).clientWidth;
    if (width !== plot.width) plot.setSize({ width, height: 260 });
  }
}

showLegend();
draw();
addEventListener('resize', resize);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
