import { Transactions, pgClient } from '@sluice/messaging';
import { eventually } from '@sluice/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, startService, type RunningService } from '../src/index.ts';
import { createDatabase, RecordedSpans, testAdminToken, testConfig, type TestDatabase } from '../src/testing/index.ts';
import { TinyModule } from './tiny.module.ts';

const json = { 'content-type': 'application/json' };

describe('a service', () => {
  let database: TestDatabase;
  let service: RunningService;
  let spans: RecordedSpans;

  beforeAll(async () => {
    // Before the service, which leaves what is there.
    spans = new RecordedSpans();
    database = await createDatabase();
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: database.url });
    service = await startService(TinyModule.forRoot(database.url), config);
  });

  afterAll(async () => {
    await service?.stop();
    await database?.drop();
    spans[Symbol.dispose]();
  });

  const call = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);
  const post = (body: string, headers: Record<string, string> = json) =>
    call('/things', { method: 'POST', headers, body });

  async function problemOf(response: Response): Promise<Record<string, unknown>> {
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({
      status: response.status,
      type: `https://sluice.dev/problems/${String(problem['code'])}`,
    });
    expect(JSON.stringify(problem)).not.toMatch(/\.(js|ts):\d+/);
    return problem;
  }

  it('is live and ready, with the database among its checks', async () => {
    expect((await call('/livez')).status).toBe(200);
    const ready = await call('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ready', checks: { postgres: 'up' } });
  });

  it('answers what the schema accepts', async () => {
    const response = await post('{"name":"a","quantity":2}');
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ name: 'a', quantity: 2 });
  });

  it.each([
    ['bad JSON', '{"name":', 400],
    ['an empty body', '', 400],
    ['__proto__', '{"name":"a","quantity":1,"__proto__":{"admin":true}}', 400],
    ['constructor.prototype', '{"name":"a","quantity":1,"constructor":{"prototype":{"x":1}}}', 400],
    ['NUL in a string', '{"name":"a\\u0000","quantity":1}', 400],
    ['a number beyond doubles', '{"name":"a","quantity":1e309}', 400],
    ['an array', '[]', 400],
    ['null', 'null', 400],
    ['2 MB', JSON.stringify({ name: 'a'.repeat(2_000_000), quantity: 1 }), 413],
  ])('refuses %s', async (_, body, status) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    await problemOf(response);
  });

  it('names the field that is wrong', async () => {
    const problem = await problemOf(await post('{"name":"a","quantity":0}'));
    expect(problem).toMatchObject({ code: 'invalid-request', errors: [{ path: 'quantity' }] });
    expect(problem['detail']).toMatch(/^quantity: /);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x'])(
    'refuses the content type %s with 415',
    async (type) => {
      const response = await post('{"name":"a","quantity":1}', { 'content-type': type });
      expect(response.status).toBe(415);
      await problemOf(response);
    },
  );

  describe.each([undefined, 'application/json', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'a request without a body of the content type %s',
    (type) => {
      const headers = type === undefined ? {} : { 'content-type': type };

      it.each([
        ['POST', '/things/1/touch', 201],
        ['DELETE', '/things/1', 200],
      ])('is answered where none is needed: %s', async (method, path, status) => {
        expect((await call(path, { method, headers })).status).toBe(status);
        // Its length is not known beforehand.
        const chunked = { method, headers, body: new Blob([]).stream(), duplex: 'half' } as RequestInit;
        if (type !== undefined && type !== 'nonsense') expect((await call(path, chunked)).status).toBe(status);
      });

      it('is refused where one is needed', async () => {
        const response = await post('', headers as Record<string, string>);
        expect(response.status).toBe(400);
        await problemOf(response);
      });
    },
  );

  it.each([
    ['GET', '/nowhere', 404],
    ['DELETE', '/things', 405],
    ['GET', '/things/not-a-uuid', 400],
    ['GET', '/things/01890a5d-ac96-774b-bcce-b302099a8057', 404],
    ['GET', '/things/%E0%A4%A', 400],
    ['GET', '/things?limit=0', 400],
    ['GET', '/things?limit=101', 400],
    ['GET', '/things?limit=5&limit=6', 400],
    ['GET', '/things?cursor=%00', 400],
    ['GET', '/things/broken', 500],
    ['GET', '/things/busy', 503],
  ])('answers %s %s with the problem %i', async (method, path, status) => {
    const response = await call(path, { method });
    expect(response.status).toBe(status);
    const problem = await problemOf(response);
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(response.headers.get('retry-after')).toBe(status === 503 ? '3' : null);
  });

  it('lets only the administrator in', async () => {
    const put = (authorization?: string) =>
      call('/things/admin', { method: 'PUT', headers: authorization ? { authorization } : {} });
    for (const refused of [undefined, 'Bearer', 'Bearer wrong', `Basic ${testAdminToken}`]) {
      const response = await put(refused);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      await problemOf(response);
    }
    expect((await put(`Bearer ${testAdminToken}`)).status).toBe(200);
  });

  it('refuses a deadline that has passed with 504', async () => {
    const late = await post('{"name":"a","quantity":1}', { ...json, 'x-deadline-ms': String(Date.now() - 1) });
    expect(late.status).toBe(504);
    await problemOf(late);
    const inTime = await post('{"name":"a","quantity":1}', { ...json, 'x-deadline-ms': String(Date.now() + 9_000) });
    expect(inTime.status).toBe(201);
  });

  it("continues the caller's trace, into the handler and back to the caller", async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const response = await post('{"name":"a","quantity":1}', { ...json, traceparent });
    expect(await response.json()).toMatchObject({ traceId });
    expect(response.headers.get('traceparent')).toMatch(
      new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`),
    );
    expect((await call('/things?limit=1')).headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  });

  it('has a span of each request by the conventions of HTTP, and of no operational route', async () => {
    const { port } = new URL(service.url);
    const traceId = '1bf7651916cd43dd8448eb211c80319c';
    const headers = { ...json, traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    for (const path of ['/things?cursor=secret', '/things/broken', '/nowhere', '/livez']) await call(path, { headers });
    await eventually(() => expect(ofTrace(traceId)).toHaveLength(3));
    const common = {
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'server.port': Number(port),
    };
    const route = (path: string) => ({ 'http.route': path, 'url.path': path });
    expect(ofTrace(traceId)).toEqual([
      ['GET /things', 0, { ...common, ...route('/things'), 'http.response.status_code': 400 }],
      [
        'GET /things/broken',
        2,
        { ...common, ...route('/things/broken'), 'http.response.status_code': 500, 'error.type': '500' },
      ],
      ['GET', 0, { ...common, 'url.path': '/nowhere', 'http.response.status_code': 404 }],
    ]);
  });

  const ofTrace = (traceId: string) =>
    spans.finished
      .filter((span) => span.spanContext().traceId === traceId)
      .map(({ name, status, attributes }) => [name, status.code, attributes]);

  it('measures requests by route, never by path', async () => {
    await call('/things/01890a5d-ac96-774b-bcce-b302099a8057');
    const metrics = await (await call('/metrics')).text();
    expect(metrics).toMatch(
      /http_server_request_duration_seconds_count\{.*http_route="\/things\/:id".*status_code="404".*\} \d/,
    );
    expect(metrics).not.toContain('01890a5d');
    await call('/nowhere', { method: 'PROPFIND' });
    expect(await (await call('/metrics')).text()).toMatch(/http_request_method="_OTHER",http_route="unmatched"/);
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
  });

  it('describes itself, with the schemas that validate', async () => {
    const document = (await (await call('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { requestBody?: unknown; parameters?: unknown; responses: object }>>;
    };
    const post = document.paths['/things']?.['post'];
    // All that is rejected can be known before.
    const described = {
      name: { minLength: 1, maxLength: 20, pattern: expect.stringContaining('u0000-') as string },
      quantity: { type: 'integer', minimum: 1 },
    };
    expect(post?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { properties: described } } },
    });
    expect(post?.responses).toMatchObject({
      default: { content: { 'application/problem+json': { schema: { additionalProperties: {} } } } },
    });
    expect(document.paths['/things']?.['get']?.parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'limit', in: 'query' }),
        expect.objectContaining({
          name: 'cursor',
          schema: expect.objectContaining({ pattern: expect.any(String) as string }) as object,
        }),
      ]),
    );
    expect(Object.keys(document.paths)).not.toContain('/livez');
    const docs = await call('/docs');
    expect(docs.status).toBe(200);
    expect(await docs.text()).toContain('swagger-ui');
    expect((await call('/docs/swagger-ui-bundle.js')).status).toBe(200);
  });

  it('has the timeouts of PostgreSQL on every connection', async () => {
    const settings = await service.app.get(Transactions, { strict: false }).run(async (tx) => {
      const { rows } = await pgClient(tx).query<Record<string, string>>(
        `select current_setting('lock_timeout') lock, current_setting('statement_timeout') statement,
          current_setting('idle_in_transaction_session_timeout') idle, current_setting('application_name') name`,
      );
      return rows[0];
    });
    expect(settings).toEqual({ lock: '2s', statement: '5s', idle: '10s', name: 'tiny' });
  });
});
