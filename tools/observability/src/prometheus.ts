export interface ScrapeTargets {
  /** `host:port` by the name of the service. */
  services: Record<string, string>;
  /** Further jobs: `host:port` of each target by the name of the job. */
  others: Record<string, string[]>;
}

/** The configuration of a Prometheus that has the rules in a folder next to it. A scrape asks databases and brokers. */
export function prometheusConfig({ services, others }: ScrapeTargets, intervalSeconds: number): object {
  const interval = `${intervalSeconds}s`;
  return {
    global: {
      scrape_interval: interval,
      scrape_timeout: `${Math.min(5, intervalSeconds)}s`,
      evaluation_interval: interval,
    },
    rule_files: ['rules/*.yml'],
    scrape_configs: [
      {
        job_name: 'services',
        // A service gives the label `service` itself; a target has it too, for `up` of one that is down.
        honor_labels: true,
        static_configs: Object.entries(services).map(([service, target]) => ({
          targets: [target],
          labels: { service },
        })),
      },
      ...Object.entries(others).map(([job, targets]) => ({ job_name: job, static_configs: [{ targets }] })),
    ],
  };
}
