import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@sluice/kit/run';
import { answers, until } from '@sluice/kit/wait';
import { workspaceRoot } from '@sluice/kit/workspace';
import { prometheusConfig, type ScrapeTargets } from '@sluice/observability';
import { stringify } from 'yaml';
import type { Part } from './part.ts';
import { processPart } from './process-part.ts';
import { LOOPBACK, urlOf } from './services.ts';
import { stackFolder } from './stack-folder.ts';

const SCRAPE_SECONDS = 5;
const VERSION_TIMEOUT_MS = 10_000;
const READY_TIMEOUT_MS = 30_000;
const rules = join(workspaceRoot, 'deploy', 'observability', 'rules');

export interface PrometheusOptions {
  port: number;
  /** Of configuration and rules; what it has scraped is in `data` there. */
  folder: string;
  targets: ScrapeTargets;
}

/** Rejects with one line that names the cure when this machine has no Prometheus. */
export async function requirePrometheus(): Promise<void> {
  await run('prometheus', ['--version'], { timeout: VERSION_TIMEOUT_MS }).catch((cause: unknown) => {
    const cure = 'Debian, Ubuntu: apt install --no-install-recommends prometheus; macOS: brew install prometheus';
    throw new Error(`No Prometheus found, which --observability needs (${cure}).`, { cause });
  });
}

/** A Prometheus with the rules of `deploy/observability`. It reads its files again on SIGHUP. */
export async function prometheusPart({ port, folder, targets }: PrometheusOptions): Promise<Part> {
  const [address, file] = [`${LOOPBACK}:${port}`, join(folder, 'prometheus.yml')];
  const others = { ...targets.others, prometheus: [address] };
  await mkdir(folder, { recursive: true });
  await cp(rules, join(folder, 'rules'), { recursive: true });
  await writeFile(file, stringify(prometheusConfig({ ...targets, others }, SCRAPE_SECONDS)));
  return processPart({
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ],
    cwd: folder,
    logFile: join(stackFolder.logs, 'prometheus.log'),
    ready: (signal) => until(() => answers(`${urlOf(port)}/-/ready`), signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}
