import autocannon from 'autocannon';
import { build } from 'hdr-histogram-js';
import type { ClosedLoop, ClosedLoopResult } from './closed-loop.ts';

// A program of its own: what it costs to make the load must not be in the way of who measures it, and can be told apart.

const bodiesOfOne = 64;

process.once('message', (load: ClosedLoop) => {
  void run(load).then((result) => process.send!(result));
});

async function run({ url, method = 'POST', bodies, connections = 64, seconds }: ClosedLoop): Promise<ClosedLoopResult> {
  const answers: Record<string, number> = {};
  // Microseconds: autocannon's own percentiles are whole milliseconds.
  const latencies = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const before = process.cpuUsage();
  let clients = 0;
  const setupClient = (client: autocannon.Client): void => {
    if (bodies) client.setRequests(requestsOf(bodies, clients++ * bodiesOfOne));
    client.on('response', (status, _bytes, ms) => {
      answers[status] = (answers[status] ?? 0) + 1;
      if (status >= 200 && status < 300) latencies.recordValue(Math.round(ms * 1_000));
    });
  };
  const headers = bodies ? { 'content-type': 'application/json' } : {};
  const startedMs = Date.now();
  const result = await autocannon({ url, method, headers, connections, duration: seconds, setupClient });
  const { user, system } = process.cpuUsage(before);
  return {
    startedMs,
    seconds: (result.finish.getTime() - result.start.getTime()) / 1_000,
    answers,
    errors: result.errors,
    latency: { p50: latencies.getValueAtPercentile(50) / 1_000, p99: latencies.getValueAtPercentile(99) / 1_000 },
    cpuMicros: user + system,
  };
}

function requestsOf(bodies: readonly string[], from: number): autocannon.Request[] {
  return Array.from({ length: Math.min(bodiesOfOne, bodies.length) }, (_, i) => {
    return {
      method: 'POST',
      body: bodies[(from + i) % bodies.length]!,
      headers: { 'content-type': 'application/json' },
    };
  });
}
