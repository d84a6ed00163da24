import { permanentServices } from '@sluice/contracts';
import { stringify } from 'yaml';
import { grafanaJson } from './dashboards/grafana.ts';
import { kafkaGroups } from './dashboards/kafka-groups.ts';
import { outboxAndDeadLetters } from './dashboards/outbox-and-dead-letters.ts';
import { overview } from './dashboards/overview.ts';
import { service } from './dashboards/service.ts';
import { prometheusConfig } from './prometheus.ts';
import { sloRules } from './slo.ts';

const SCRAPE_SECONDS = 15;
const made = '# Made by npm run observability.\n';

/** What is made for `deploy/observability`, by path in there: the configuration is that of Compose. */
export function observabilityFiles(): Record<string, string> {
  const dashboards = [overview, kafkaGroups, service, outboxAndDeadLetters];
  return {
    'prometheus.yml': made + stringify(prometheusConfig(composeTargets, SCRAPE_SECONDS)),
    'rules/slo.yml': made + stringify(sloRules(), { lineWidth: 0 }),
    ...Object.fromEntries(
      dashboards.map((one) => [`grafana/dashboards/${one.uid}.json`, JSON.stringify(grafanaJson(one))]),
    ),
  };
}

const composeTargets = {
  services: Object.fromEntries(permanentServices.map(({ name }) => [name, `${name}:3000`])),
  others: { kafka: ['kafka:9404'], 'kafka-exporter': ['kafka-exporter:9308'], prometheus: ['localhost:9090'] },
};
