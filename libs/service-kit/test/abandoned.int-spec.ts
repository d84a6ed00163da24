import { eventually } from '@sluice/core/testing';
import { expect, it } from 'vitest';
import { baseConfig, startService } from '../src/index.ts';
import { createDatabase, metric, RecordedSpans, testConfig } from '../src/testing/index.ts';
import { gate, TinyModule } from './tiny.module.ts';

it('a request whose client left before its answer has a span and is measured, without a status', async () => {
  using spans = new RecordedSpans();
  await using cleanup = new AsyncDisposableStack();
  const database = await createDatabase();
  cleanup.defer(() => database.drop());
  const config = testConfig('tiny', baseConfig, { DATABASE_URL: database.url });
  const service = await startService(TinyModule.forRoot(database.url), config);
  cleanup.defer(async () => void (await service.stop()));
  const before = gate.open;
  const leaving = new AbortController();
  const left = fetch(`${service.url}/things/slow`, { signal: leaving.signal }).catch(() => 'left');
  await eventually(() => expect(gate.open).not.toBe(before));
  leaving.abort();
  expect(await left).toBe('left');
  const found = () => spans.finished.filter(({ name }) => name === 'GET /things/slow');
  await eventually(() => expect(found()).toHaveLength(1));
  expect(found()[0]?.attributes).not.toHaveProperty('http.response.status_code');
  gate.open();
  await (await fetch(`${service.url}/things`)).text();
  const measured = (labels: object) =>
    metric(service.url, 'http_server_request_duration_seconds_count', { http_route: '/things/slow', ...labels });
  expect(await measured({ error_type: 'caller_left', http_response_status_code: '' })).toBe(1);
  expect(await measured({})).toBe(1);
});
