import { METHODS } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, startService, type RunningService } from '../src/index.ts';
import { createDatabase, testConfig, type TestDatabase } from '../src/testing/index.ts';
import { RawConnection, type RawAnswer } from './raw-http.ts';
import { gate, TinyModule } from './tiny.module.ts';

const requestTimeoutMs = 1_000;
const json = 'content-type: application/json';
const thing = '{"name":"a","quantity":1}';

let database: TestDatabase;
let service: RunningService;
const connections: RawConnection[] = [];

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, REQUEST_TIMEOUT_MS: String(requestTimeoutMs) };
  service = await startService(TinyModule.forRoot(database.url), testConfig('tiny', baseConfig, env));
});

afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

afterEach(() => connections.splice(0).forEach((connection) => connection.close()));

async function connected(): Promise<RawConnection> {
  const connection = await RawConnection.open(service.url);
  connections.push(connection);
  return connection;
}

async function answerTo(...pieces: string[]): Promise<RawAnswer> {
  const connection = await connected();
  connection.write(...pieces);
  expect(await connection.ended).toBe('closed');
  const [answer, ...more] = connection.answers;
  expect(more).toEqual([]);
  if (!answer) throw new Error('there was no answer');
  return answer;
}

function expectProblem({ status, headers, body }: RawAnswer, expected: number): void {
  expect(status).toBe(expected);
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const problem = JSON.parse(body) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, type: expect.stringContaining('/problems/') as string });
  expect(problem).toMatchObject({ title: expect.any(String) as string, detail: expect.any(String) as string });
}

/** A request with its blank line, and `Host` unless it has one. */
const request = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'host: x', ...headers, '', ''].join('\r\n');

describe('what the parser of HTTP rejects', () => {
  const big = `x: ${'a'.repeat(20_000)}`;
  it.each<[string, string, number]>([
    ['a request line that is none', 'NONSENSE\r\n\r\n', 400],
    ['a version that there is not', 'GET / HTTP/7.5\r\nhost: x\r\n\r\n', 400],
    ['a control character in a header', request('GET /things', 'x: a\u0000b'), 400],
    ['two lengths', request('POST /things', json, 'content-length: 5', 'content-length: 6'), 400],
    ['a length and chunks', request('POST /things', json, 'content-length: 5', 'transfer-encoding: chunked'), 400],
    ['a chunk of no size', `${request('POST /things', json, 'transfer-encoding: chunked')}zz\r\n`, 400],
    ['headers of 20 KiB', request('GET /things', big), 431],
    ['a target of 20 KiB', request(`GET /${'a'.repeat(20_000)}`), 431],
    ['no Host', 'GET /things HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['another expectation', request('GET /things', 'expect: miracles', 'connection: close'), 417],
    ['CONNECT', request('CONNECT example.org:443'), 405],
  ])('gets a problem: %s', async (_, text, status) => {
    expectProblem(await answerTo(text), status);
  });

  it('reaches a client that goes on sending', async () => {
    expectProblem(
      await answerTo(request('GET /things').slice(0, -2), ...Array<string>(200).fill(`y: ${big}\r\n`)),
      431,
    );
  });

  it('does not spoil the answer to the request before it', async () => {
    const before = gate.open;
    const connection = await connected();
    connection.write(request('GET /things/slow'), 'NONSENSE\r\n\r\n');
    await expect.poll(() => gate.open !== before).toBe(true);
    gate.open();
    expect(await connection.ended).toBe('closed');
    expect(connection.answers).toMatchObject([{ status: 200, body: '{"slow":true}' }]);
  });
});

describe('a request that does not end', () => {
  it.each([
    ['in its headers', request('GET /things').slice(0, -2)],
    ['in its body', `${request('POST /things', json, 'content-length: 25')}{"name"`],
  ])('gets 408 after the configured time: %s', async (_, text) => {
    const since = performance.now();
    expectProblem(await answerTo(text), 408);
    const tookMs = performance.now() - since;
    expect(tookMs).toBeGreaterThan(requestTimeoutMs * 0.9);
    // Node's own intervals made twice the time and up to 30 s of it.
    expect(tookMs).toBeLessThan(10 * requestTimeoutMs);
  });

  it('does not count while it is being answered', async () => {
    const before = gate.open;
    const slow = fetch(`${service.url}/things/slow`);
    await expect.poll(() => gate.open !== before).toBe(true);
    expectProblem(await answerTo(request('GET /things').slice(0, -2)), 408);
    gate.open();
    expect((await slow).status).toBe(200);
  });
});

describe('the coding of a body', () => {
  const post = (coding: string, body: Buffer | string) =>
    fetch(`${service.url}/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': coding },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });

  it.each(['gzip', 'GZIP', 'br', 'identity, gzip'])(
    '%s is refused with 415, and what is read is named',
    async (coding) => {
      const response = await post(coding, gzipSync(thing));
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('identity');
      expect(await response.json()).toMatchObject({ code: 'unsupported-media-type' });
    },
  );

  it('identity is read', async () => {
    expect((await post('identity', thing)).status).toBe(201);
  });
});

describe('a method that a path does not have', () => {
  const allowed: [path: string, allow: string][] = [
    ['/things', 'GET, HEAD, POST'],
    ['/things/busy', 'GET, HEAD'],
    ['/things/not-a-uuid', 'DELETE, GET, HEAD'],
    ['/things/admin', 'PUT'],
    ['/livez', 'GET, HEAD'],
    ['/openapi.json', 'GET, HEAD'],
    ['/docs/swagger-ui-bundle.js', 'GET, HEAD'],
    ['/admin/dead-letters/replay', 'POST'],
  ];

  it.each(allowed)('is answered 405 with Allow, before its body is read: %s', async (path, allow) => {
    const had = [...allow.split(', '), 'HEAD', 'CONNECT'];
    const others = METHODS.filter((method) => !had.includes(method));
    expect(others).toEqual(expect.arrayContaining(['QUERY', 'TRACE', 'PATCH', 'OPTIONS', 'PURGE']));
    const head = await fetch(service.url + path, { method: 'HEAD' });
    expect([head.status === 405, head.headers.get('allow')]).toEqual(
      allow.includes('HEAD') ? [false, null] : [true, allow],
    );
    for (const method of others) {
      const body = ['content-type: text/plain', 'content-length: 3', 'connection: close'];
      const answer = await answerTo(`${request(`${method} ${path}`, ...body)}abc`);
      expect([method, answer.status, answer.headers['allow']]).toEqual([method, 405, allow]);
      expectProblem(answer, 405);
    }
  });

  it.each(['QUERY', 'TRACE', 'PURGE', 'DELETE'])('is not what %s of an unknown path is: 404', async (method) => {
    expectProblem(
      await answerTo(`${request(`${method} /nowhere`, json, 'content-length: 2', 'connection: close')}{}`),
      404,
    );
  });

  it('adds no series to the metrics', async () => {
    await answerTo(request('PURGE /things', 'connection: close'));
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/http_request_method="_OTHER",http_route="unmatched",http_response_status_code="405"/);
    expect(metrics).not.toMatch(/http_request_method="(PURGE|_OTHER",http_route="\/things)"/);
  });
});
