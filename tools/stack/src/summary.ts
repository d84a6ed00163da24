import type { StackFile } from '@sluice/kit/stack-file';
import { serviceNames } from '@sluice/contracts';
import { mebibytes } from './control/status-table.ts';
import type { DemoResult } from './demo.ts';

export interface SummaryFacts {
  stack: StackFile;
  /** Of the whole stack, right after its start. */
  memoryBytes: number;
  persist?: string;
  demo?: DemoResult;
}

/** What a start with `--exit` ends with: by the time that it's read, the stack is gone. */
export function shortSummary({ memoryBytes, demo }: Omit<SummaryFacts, 'stack'>): string {
  const memory = `The stack took ${mebibytes(memoryBytes)} of memory at rest.`;
  return ['', memory, ...(demo === undefined ? [] : demoLines(demo))].join('\n');
}

/** What a start ends with: a dozen lines and one for each service. */
export function summary({ stack, memoryBytes, persist, demo }: SummaryFacts): string {
  const { services, kafka, mail, databases, prometheus } = stack;
  return [
    '',
    `The stack is up (${stack.infra}) and takes ${mebibytes(memoryBytes)} of memory at rest.`,
    ...serviceNames.map((name) => {
      const isUp = services[name].instances.length > 0;
      return `  ${name.padEnd(12)}  ${isUp ? `${services[name].url}/docs` : `npm run stack -- start ${name}`}`;
    }),
    `  mail sink     ${mail.url}/messages`,
    `  Kafka         ${kafka.bootstrap}`,
    `  PostgreSQL    ${databases.order}`,
    ...(prometheus === undefined ? [] : [`  Prometheus    ${prometheus.url}`]),
    ...(demo === undefined ? [] : demoLines(demo)),
    `  data          ${persist ?? 'throwaway (--persist DIR keeps it)'}`,
    'For development only: no TLS, and every user of this machine has access.',
    'Look:  npm run stack -- status        Stop:  Ctrl-C, or npm run stack -- stop',
  ].join('\n');
}

function demoLines({ exitCode, report, result }: DemoResult): string[] {
  const verdict = exitCode === 0 ? [] : [`The burst ended with ${exitCode}.`];
  return [...verdict, `  report        ${report}`, `  result        ${result}`];
}
