export { observabilityFiles } from './files.ts';
export { prometheusConfig, type ScrapeTargets } from './prometheus.ts';
export { sloRules } from './slo.ts';
