import { setTimeout as delay } from 'node:timers/promises';
import { requestHead, withLength } from '@sluice/load/request';
import { build } from 'hdr-histogram-js';
import { Client } from './client.ts';
import type { ClosedLoop, ClosedLoopResult } from './closed-loop.ts';

// A program of its own: what it costs to make the load must not be in the way of who measures it, and can be told apart.

process.once('message', (load: ClosedLoop) => {
  void run(load).then((result) => process.send!(result));
});

async function run({ url, method = 'POST', bodies, connections = 64, seconds }: ClosedLoop): Promise<ClosedLoopResult> {
  const answers: Record<string, number> = {};
  let errors = 0;
  const latencies = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const target = new URL(url);
  const requests = bodies ? bodies.map((body) => request(target, method, body)) : [request(target, method)];
  const clients = Array.from({ length: connections }, (_, i) => {
    return new Client({
      url: target,
      requests,
      first: Math.floor((i * requests.length) / connections),
      onAnswer: (status, ms) => {
        answers[status] = (answers[status] ?? 0) + 1;
        if (status >= 200 && status < 300) latencies.recordValue(Math.round(ms * 1_000));
      },
      onError: () => (errors += 1),
    });
  });
  const before = process.cpuUsage();
  const [startedMs, startedAt] = [Date.now(), performance.now()];
  for (const client of clients) client.start();
  await delay(seconds * 1_000);
  for (const client of clients) client.end();
  const { user, system } = process.cpuUsage(before);
  return {
    startedMs,
    seconds: (performance.now() - startedAt) / 1_000,
    answers,
    errors,
    latency: { p50: latencies.getValueAtPercentile(50) / 1_000, p99: latencies.getValueAtPercentile(99) / 1_000 },
    cpuMicros: user + system,
  };
}

function request(url: URL, method: string, body?: string): string {
  if (body === undefined) return `${requestHead(method, url)}\r\n`;
  return requestHead(method, url, { 'content-type': 'application/json' }) + withLength(body);
}
