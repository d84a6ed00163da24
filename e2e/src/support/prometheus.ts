import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scope, workspaceRoot } from '@sluice/kit/workspace';
import { sloRules } from '@sluice/observability';
import { parse, stringify } from 'yaml';

export interface Sample {
  metric: Record<string, string>;
  value: [seconds: number, value: string];
}

interface RuleState {
  type: 'alerting' | 'recording';
  name: string;
  query: string;
  health: string;
  lastError?: string;
}

/** Prometheus's own HTTP API. */
export class PrometheusClient {
  constructor(private readonly url: string) {}

  async query(expr: string): Promise<Sample[]> {
    const { result } = await this.#get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}`);
    return result;
  }

  /** Whether there is a number now: NaN is none. */
  async hasData(expr: string): Promise<boolean> {
    return (await this.query(expr)).some(({ value: [, value] }) => value !== 'NaN');
  }

  async rules(): Promise<RuleState[]> {
    const { groups } = await this.#get<{ groups: { rules: RuleState[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** Names of all metrics of what it scrapes, as of `metricsIn`, also of those that have no series now. */
  async metrics(): Promise<Set<string>> {
    return new Set(Object.keys(await this.#get<object>('metadata')).map(family));
  }

  /** Labels of the alerts of this name that fire. */
  async firing(alert: string): Promise<Record<string, string>[]> {
    const samples = await this.query(`ALERTS{alertstate="firing",alertname="${alert}"}`);
    return samples.map(({ metric }) => metric);
  }

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    const { status, error, data } = (await response.json()) as { status: string; error?: string; data: T };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
}

/** Lets alerts fire without their minutes of patience; `folder` is that of the stack's Prometheus. */
export function makeImpatient(folder: string): void {
  edit(join(folder, 'prometheus.yml'), (text) => text.replaceAll(/(interval|timeout): \d+s/g, '$1: 1s'));
  edit(join(folder, 'rules', 'alerts.yml'), (text) =>
    text.replaceAll(/^ +for: .*\n/gm, '').replaceAll('> 30\n', '> 2\n'),
  );
  edit(join(folder, 'rules', 'slo.yml'), () => stringify(sloRules(60)));
}

function edit(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`${file} has nothing to change`);
  writeFileSync(file, changed);
}

export interface PanelQuery {
  /** Of dashboard and panel. */
  title: string;
  expr: string;
}

interface GrafanaDashboard {
  title: string;
  templating: { list: { name: string }[] };
  panels: { title: string; targets?: { expr: string }[] }[];
}

/** Every expression of the dashboards, as Grafana would send it: with each service in turn for the variable. */
export function panelQueries(services: readonly string[]): PanelQuery[] {
  const folder = join(workspaceRoot, 'deploy', 'observability', 'grafana', 'dashboards');
  return readdirSync(folder).flatMap((file) => {
    const { title, templating, panels } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as GrafanaDashboard;
    const values = templating.list.some(({ name }) => name === 'service') ? services : [''];
    return panels.flatMap((panel) =>
      (panel.targets ?? []).flatMap(({ expr }) =>
        values.map((service) => ({
          title: `${title} ${service} / ${panel.title}: ${expr}`,
          expr: expr.replaceAll('$__rate_interval', '20s').replaceAll('$service', service),
        })),
      ),
    );
  });
}

const metricName = new RegExp(`\\b(?:${scope}|http_server|http_client|kafka|jvm|nodejs|process)_\\w+`, 'g');

/** Names of the metrics that an expression reads, without the endings of their series. */
export function metricsIn(expr: string): string[] {
  return (expr.match(metricName) ?? []).map(family);
}

// OpenMetrics, which the JMX agent speaks, declares a counter without `_total`; the older format has it.
function family(name: string): string {
  return name.replace(/_(bucket|sum|count|total)$/, '');
}

/** Names of the recorded series. */
export function recordings(folder: string): string[] {
  return ['recording.yml', 'slo.yml'].flatMap((file) => {
    const { groups } = parse(readFileSync(join(folder, 'rules', file), 'utf8')) as {
      groups: { rules: { record?: string }[] }[];
    };
    return groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []));
  });
}
