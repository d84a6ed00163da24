/** Answers of the intake, in PromQL's braces. */
export const intake = 'http_request_method="POST",http_route="/orders"';
export const duration = 'http_server_request_duration_seconds';

interface Slo {
  name: string;
  /** The share of `all` that has to be good. */
  objective: number;
  /** Series of counters. */
  good: string;
  all: string;
}

// 202 is the answer to an order that is processed later: flow=async, and flow=log.
const slos: Slo[] = [
  {
    name: 'intake-errors',
    objective: 0.999,
    good: `${duration}_count{${intake},http_response_status_code!~"5.."}`,
    all: `${duration}_count{${intake}}`,
  },
  {
    name: 'slow-acknowledgements',
    objective: 0.99,
    good: `${duration}_bucket{${intake},http_response_status_code="202",le="0.25"}`,
    all: `${duration}_count{${intake},http_response_status_code="202"}`,
  },
];

const windows = { '5m': 300, '30m': 1_800, '1h': 3_600, '2h': 7_200, '6h': 21_600, '1d': 86_400, '3d': 259_200 };
type Window = keyof typeof windows;

// Of a budget for 30 days: 2 % in an hour, 5 % in six hours; 10 % in a day, 10 % in three days. The short window of each
// pair ends the alert soon after the cause.
const alerts: { name: string; severity: string; summary: string; pairs: [Window, Window, number][] }[] = [
  {
    name: 'SloBurnsFast',
    severity: 'page',
    summary: 'The error budget of {{ $labels.slo }} for 30 days is gone within days at this rate.',
    pairs: [
      ['1h', '5m', 14.4],
      ['6h', '30m', 6],
    ],
  },
  {
    name: 'SloBurnsSlowly',
    severity: 'ticket',
    summary: 'The error budget of {{ $labels.slo }} does not last for its 30 days.',
    pairs: [
      ['1d', '2h', 3],
      ['3d', '6h', 1],
    ],
  },
];

/**
 * Burn rates of both objectives as recorded series, and the alerts on them. A burn rate of 1 uses the whole budget in 30
 * days. `shrink` divides the windows, for a test that can't wait for an hour.
 */
export function sloRules(shrink = 1): object {
  const range = (window: Window): string => (shrink === 1 ? window : `${Math.ceil(windows[window] / shrink)}s`);
  const burn = (window: Window, { name, objective, good, all }: Slo): object => ({
    record: `slo:burn:rate${window}`,
    labels: { slo: name },
    expr: `(1 - (sum(rate(${good}[${range(window)}])) or vector(0)) / sum(rate(${all}[${range(window)}]))) / ${budget(objective)}`,
  });
  const recordings = (Object.keys(windows) as Window[]).flatMap((window) => slos.map((slo) => burn(window, slo)));
  const rules = alerts.map(({ name, severity, summary, pairs }) => ({
    alert: name,
    expr: pairs
      .map(([long, short, rate]) => `(slo:burn:rate${long} > ${rate} and slo:burn:rate${short} > ${rate})`)
      .join(' or '),
    labels: { severity },
    annotations: { summary, runbook: runbook(name) },
  }));
  // One group: its rules are evaluated one after the other, so that alerts see the rates of the same moment.
  return { groups: [{ name: 'slo', rules: [...recordings, ...rules] }] };
}

/** What is left of each budget, 1 for all of it. */
export const budgetsLeft = slos.map(({ name, objective, good, all }) => ({
  name,
  expr: `1 - (1 - (sum(increase(${good}[30d])) or vector(0)) / sum(increase(${all}[30d]))) / ${budget(objective)}`,
}));

/** Where the documents say what an alert means and what to do. */
export function runbook(alert: string): string {
  return `docs/operations.md#${alert.toLowerCase()}`;
}

// Without the noise of floating point.
function budget(objective: number): number {
  return Number((1 - objective).toFixed(6));
}
