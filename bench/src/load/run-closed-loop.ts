import { setTimeout as delay } from 'node:timers/promises';
import { Latencies } from '@sluice/load/latencies';
import { requestHead, withLength } from '@sluice/load/request';
import { inputFromBench, sendToBench } from '../parent.ts';
import { ClosedLoopClient } from './closed-loop-client.ts';
import type { ClosedLoop, ClosedLoopResult } from './closed-loop.ts';

sendToBench(await run(await inputFromBench<ClosedLoop>()));

async function run({ url, method = 'POST', bodies, connections = 64, seconds }: ClosedLoop): Promise<ClosedLoopResult> {
  const answers: Record<string, number> = {};
  let errors = 0;
  const latencies = new Latencies();
  const target = new URL(url);
  const requests = bodies ? bodies.map((body) => request(target, method, body)) : [request(target, method)];
  const clients = Array.from({ length: connections }, (_, i) => {
    return new ClosedLoopClient({
      url: target,
      requests,
      first: Math.floor((i * requests.length) / connections),
      onAnswer: (status, ms) => {
        answers[status] = (answers[status] ?? 0) + 1;
        if (status >= 200 && status < 300) latencies.record(ms);
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
    latency: { p50: latencies.at(50) ?? 0, p99: latencies.at(99) ?? 0 },
    cpuMicros: user + system,
  };
}

function request(url: URL, method: string, body?: string): string {
  if (body === undefined) return `${requestHead(method, url)}\r\n`;
  return requestHead(method, url, { 'content-type': 'application/json' }) + withLength(body);
}
