import { OtlpCollector } from '@sluice/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseConfig, startService, type RunningService } from '../src/index.ts';
import { createDatabase, forgetTracing, recordingLogger, testConfig, type TestDatabase } from '../src/testing/index.ts';
import { RawConnection } from './raw-http.ts';
import { gate, TinyModule } from './tiny.module.ts';

describe('the shutdown of a service', () => {
  let database: TestDatabase;
  let service: RunningService;

  beforeEach(async () => {
    database = await createDatabase();
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: database.url, SHUTDOWN_TIMEOUT_MS: '3000' });
    service = await startService(TinyModule.forRoot(database.url), config);
  });

  afterEach(async () => {
    await service.stop();
    await database.drop();
  });

  const started = () => {
    const before = gate.open;
    return expect.poll(() => gate.open !== before);
  };

  it('finishes the request under way, accepts no other, and ends clean', async () => {
    const begun = started();
    const slow = fetch(`${service.url}/things/slow`);
    await begun.toBe(true);

    const stopped = service.stop();
    await expect
      .poll(() =>
        fetch(`${service.url}/livez`).then(
          () => 'accepted',
          () => 'refused',
        ),
      )
      .toBe('refused');
    gate.open();
    const response = await slow;
    expect(response.status).toBe(200);
    expect(response.headers.get('connection')).toBe('close');
    expect(await stopped).toBe(true);
  });

  it('answers what is on its way on connections that were idle, and closes them', async () => {
    const request = 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n';
    const connections = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(service.url)));
    for (const connection of connections) connection.write(request);
    await expect.poll(() => connections.every(({ answers }) => answers.length === 1)).toBe(true);
    const [silent, ...used] = connections;

    const stopped = service.stop();
    // As clients do that could not know yet: whatever is closed at once is closed by now.
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    for (const connection of used) connection.write(request);
    for (const connection of used) {
      expect(await connection.ended).toBe('closed');
      expect(connection.answers[1]).toMatchObject({ status: 200, headers: { connection: 'close' } });
    }
    expect(await silent?.ended).toBe('closed');
    expect(await stopped).toBe(true);
  });

  it('takes a whole request, body and all, that is written after the shutdown began', async () => {
    const connection = await RawConnection.open(service.url);
    const body = JSON.stringify({ name: 'a', quantity: 1 });
    const stopped = service.stop();
    const headers = `content-type: application/json\r\ncontent-length: ${body.length}`;
    connection.write(`POST /things HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`);
    await new Promise(setImmediate);
    connection.write(body);
    expect(await connection.ended).toBe('closed');
    expect(connection.answers).toMatchObject([{ status: 201, headers: { connection: 'close' } }]);
    expect(await stopped).toBe(true);
  });

  it('waits for a request whose client has left until it is answered, and no longer', async () => {
    const abandoned = async (): Promise<void> => {
      const begun = started();
      const leaving = new AbortController();
      const slow = fetch(`${service.url}/things/slow`, { signal: leaving.signal }).catch(() => 'left');
      await begun.toBe(true);
      leaving.abort();
      expect(await slow).toBe('left');
      // The server has noticed it: it takes what comes on another connection afterwards.
      await fetch(`${service.url}/livez`);
    };
    await abandoned();
    gate.open();
    await abandoned();
    let isStopped = false;
    const stopped = service.stop().finally(() => (isStopped = true));
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    gate.open();
    expect(await stopped).toBe(true);
  });

  it('does not wait for ever for a request that never ends', async () => {
    const begun = started();
    const slow = fetch(`${service.url}/things/slow`).then(
      () => 'answered',
      () => 'cut',
    );
    await begun.toBe(true);
    expect(await service.stop()).toBe(false);
    expect(await slow).toBe('cut');
  });
});

describe('the shutdown of a service whose collector takes spans and never answers', () => {
  afterEach(forgetTracing);

  it('ends clean and in time, and says that spans may be lost', async () => {
    forgetTracing();
    await using collector = await OtlpCollector.start();
    collector.answersAfter = new Promise(() => undefined);
    const database = await createDatabase();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SHUTDOWN_TIMEOUT_MS: '1500' };
    const { logger, lines } = await recordingLogger('tiny');
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: database.url, ...env });
    const service = await startService(TinyModule.forRoot(database.url), config, { logger });
    expect((await fetch(`${service.url}/things?limit=1`)).status).toBe(200);
    expect(await service.stop()).toBe(true);
    expect(lines).toMatchObject([{ level: 'warn', msg: expect.stringContaining('spans may be lost') as string }]);
    expect(collector.spans).toMatchObject([{ service: 'tiny', name: 'GET /things' }]);
    await database.drop();
  });
});
