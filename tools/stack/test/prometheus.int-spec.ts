import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import type { Infrastructure } from '../src/backends/backend.ts';
import { parseOptions } from '../src/options.ts';
import { planStack } from '../src/plan.ts';
import { requirePrometheus } from '../src/prometheus.ts';

afterEach(() => vi.unstubAllEnvs());

const elsewhere: Infrastructure = {
  ...{ kind: 'external', serverUrl: 'postgres://postgres@127.0.0.1:1/postgres', parts: [] },
  kafka: { bootstrap: '127.0.0.1:1', clusterId: 'none', brokers: [] },
};

it('is given a free port, unless one is named', () => {
  expect(parseOptions([]).observability).toBeUndefined();
  expect(parseOptions(['--observability']).observability).toBe(true);
  expect(parseOptions(['--observability', '9090']).observability).toBe(9090);
});

it('is refused in one sentence on a port that is taken', async () => {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const reason = `Port ${port}, wanted for Prometheus, is taken. Free it, or let the stack choose another.`;
  await expect(planStack(elsewhere, { observability: port })).rejects.toThrow(reason);
});

it('is refused in one sentence where Prometheus is not installed', async () => {
  vi.stubEnv('PATH', '/nowhere');
  await expect(requirePrometheus()).rejects.toThrow(
    /^No Prometheus found, which --observability needs \(.*apt install/,
  );
});
