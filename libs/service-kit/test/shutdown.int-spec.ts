import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseConfig, startService, type RunningService } from '../src/index.ts';
import { createDatabase, testConfig, type TestDatabase } from '../src/testing/index.ts';
import { gate, TinyModule } from './tiny.module.ts';

describe('the shutdown of a service', () => {
  let database: TestDatabase;
  let service: RunningService;

  beforeEach(async () => {
    database = await createDatabase();
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: database.url });
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
