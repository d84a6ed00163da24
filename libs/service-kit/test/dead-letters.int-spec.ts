import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { Outbox, Transactions } from '@sluice/messaging';
import { eventually, freshName } from '@sluice/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, startService, type RunningService } from '../src/index.ts';
import { createDatabase, testAdminToken, testConfig, type TestDatabase } from '../src/testing/index.ts';
import { handled, PoisonedModule, thingsTopic } from './poisoned.module.ts';
import { TinyModule } from './tiny.module.ts';

const admin = { authorization: `Bearer ${testAdminToken}` };
const routes: [string, string][] = [
  ['GET', ''],
  ['GET', `/${randomUUID()}`],
  ['POST', '/replay'],
  ['POST', '/skip'],
];
/** An address of this machine that others could use. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

describe('the dead-letter routes', () => {
  let database: TestDatabase;
  let service: RunningService;

  beforeAll(async () => {
    database = await createDatabase();
    const config = testConfig(freshName('poisoned'), baseConfig, { DATABASE_URL: database.url, HOST: '0.0.0.0' });
    const things = thingsTopic(freshName('things'));
    service = await startService(PoisonedModule.forRoot(config, things), config);
    handled.texts.length = 0;
    handled.poison.add('bad');
    const events = ['good', 'bad'].map((text) => ({ type: 'thing.changed', key: text, version: 1, data: { text } }));
    await service.app.get(Transactions).run((tx) => service.app.get(Outbox).append(tx, things, events));
    await eventually(async () => expect((await list()).total).toBe(1), { timeoutMs: 40_000 });
  });

  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = admin) {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const base = service.url.replace('0.0.0.0', '127.0.0.1');
    const init = {
      method,
      headers: { ...headers, ...json },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const response = await fetch(`${base}/admin/dead-letters${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const list = async (query = '') =>
    (await call('GET', query)).body as { total: number; items: { id: string; fingerprint: string; state: string }[] };
  const bad = async () => {
    const { items } = await list();
    const [letter] = items;
    if (!letter) throw new Error('no letter');
    return letter;
  };
  const replay = (body: object) => call('POST', '/replay', body);

  it.each(routes)('refuse %s %s without the token', async (method, path) => {
    const body = method === 'POST' ? { all: true } : undefined;
    expect(await call(method, path, body, {})).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect((await call(method, path, body, { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it.each(routes)('refuse %s %s for somebody elsewhere, even with the token', async (method, path) => {
    const body = method === 'POST' ? { all: true } : undefined;
    const viaProxy = await call(method, path, body, { ...admin, 'x-forwarded-for': '203.0.113.7' });
    expect(viaProxy).toMatchObject({ status: 403, body: { code: 'not-on-loopback' } });
  });

  it.skipIf(!outside)('refuse a connection that did not come over loopback', async () => {
    const base = service.url.replace('0.0.0.0', outside ?? '');
    expect((await fetch(`${base}/livez`)).status).toBe(200);
    expect((await fetch(`${base}/admin/dead-letters`, { headers: admin })).status).toBe(403);
  });

  it('list, group and show, with numbers of 64 bit as text', async () => {
    const { id, fingerprint } = await bad();
    expect(await list()).toMatchObject({
      items: [{ key: 'bad', code: 'poison', state: 'dead', replayCount: 0, origin: { partition: 0, offset: '1' } }],
    });
    expect((await list('?key=good')).total).toBe(0);
    expect((await list(`?fingerprint=${fingerprint}&limit=1`)).items).toHaveLength(1);
    expect((await list(`?fingerprint=${fingerprint}&key=bad`)).total).toBe(1);
    expect((await list(`?fingerprint=${fingerprint}&key=good`)).total).toBe(0);
    const groups = await call('GET', '?group-by=fingerprint');
    expect(groups.body).toMatchObject({ groups: [{ fingerprint, dead: 1, total: 1, newestId: id }] });
    expect(await call('GET', `/${id}`)).toMatchObject({
      status: 200,
      body: {
        ...{ id, value: '{"text":"bad"}', valueEncoding: 'utf8' },
        headers: expect.arrayContaining([{ name: 'x-exception-code', value: 'poison', encoding: 'utf8' }]) as unknown,
      },
    });
  });

  it.each([
    ['?group-by=topic', 'group-by'],
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?fingerprint=xyz', 'fingerprint'],
    ['?keys=a', 'keys'],
    ['/not-a-uuid', 'id'],
  ])('answer 400 to GET %s', async (path, name) => {
    const { status, body } = await call('GET', path);
    expect(status).toBe(400);
    expect(body['code']).toBe('invalid-request');
    expect(JSON.stringify(body['errors'])).toContain(name);
  });

  it.each([
    ['nothing', {}],
    ['two selections', { all: true, key: 'bad' }],
    ['all: false', { all: false }],
    ['no ids', { ids: [] }],
    ['an id that is none', { ids: ['x'] }],
    ['a misspelt dryRun', { all: true, dryrun: true }],
    ['dryRun as text', { all: true, dryRun: 'yes' }],
    ['a rate of 0', { all: true, ratePerSecond: 0 }],
    ['a time that is none', { all: true, until: 'now' }],
  ])('answer 400 to a replay of %s, and replay nothing', async (_, body) => {
    expect(await replay(body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect((await bad()).state).toBe('dead');
  });

  it.each([
    ['no topic', { partition: 0, offset: '0' }],
    ['an offset that is none', { topic: 't', partition: 0, offset: '-1' }],
    ['an offset as a number', { topic: 't', partition: 0, offset: 1 }],
    ['a partition that is none', { topic: 't', partition: -1, offset: '0' }],
  ])('answer 400 to a skip of %s', async (_, body) => {
    expect(await call('POST', '/skip', body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('answer 409 to a skip from where the group is not, and say where it is', async () => {
    const [letter] = (await call('GET', '')).body['items'] as { origin: { topic: string } }[];
    const skip = await call('POST', '/skip', {
      topic: letter?.origin.topic,
      partition: 0,
      offset: '9000000000000000000',
    });
    expect(skip).toMatchObject({
      status: 409,
      body: { code: 'not-at-offset', detail: expect.stringContaining('at offset 2') as string },
    });
  });

  it('answer 404 for a letter that is not there, and name ids that are nobody’s', async () => {
    const id = randomUUID();
    expect(await call('GET', `/${id}`)).toMatchObject({ status: 404, body: { code: 'dead-letter-not-found', id } });
    expect((await replay({ ids: [id] })).body).toMatchObject({ letters: [], unknownIds: [id] });
  });

  it('replay after the fix, once, and show who did', async () => {
    const { id, fingerprint } = await bad();
    const dry = await replay({ fingerprint, dryRun: true });
    expect(dry.body).toMatchObject({ dryRun: true, letters: [{ id, outcome: 'would-replay' }], left: 0 });
    handled.poison.clear();
    const first = await replay({ ids: [id.toUpperCase()], requestedBy: 'ann', reason: 'fixed in 1.2' });
    expect(first).toMatchObject({ status: 200, body: { letters: [{ id, outcome: 'replayed' }], unknownIds: [] } });
    await eventually(() => expect(handled.texts).toEqual(['good', 'bad']));
    expect((await replay({ all: true })).body).toMatchObject({ letters: [{ id, outcome: 'already-replayed' }] });
    expect((await call('GET', `/${id}`)).body).toMatchObject({
      replay: { state: 'replayed', requestedBy: 'ann', reason: 'fixed in 1.2', filter: { ids: [id.toUpperCase()] } },
    });
  });

  it('describe themselves', async () => {
    const base = service.url.replace('0.0.0.0', '127.0.0.1');
    const { paths } = (await (await fetch(`${base}/openapi.json`)).json()) as { paths: Record<string, object> };
    const body = ['/admin/dead-letters/replay', 'post', 'requestBody', 'content', 'application/json', 'schema'];
    expect(paths).toHaveProperty([...body, 'oneOf', 0], { required: ['ids'] });
    expect(paths).toHaveProperty(['/admin/dead-letters/{id}', 'get', 'responses', '200', 'content']);
  });

  it('say that there are none in a service without messaging', async () => {
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: database.url });
    const tiny = await startService(TinyModule.forRoot(database.url), config);
    try {
      const response = await fetch(`${tiny.url}/admin/dead-letters`, { headers: admin });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'no-messaging' });
    } finally {
      await tiny.stop();
    }
  });
});
