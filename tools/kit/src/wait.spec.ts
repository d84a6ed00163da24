import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answers, answersOk, listens, until } from './wait.ts';

async function serverWith(status: number, body: string): Promise<{ url: string; port: number }> {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

async function freedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('until', () => {
  it('returns the first value, whatever was thrown before', async () => {
    const results = [() => false, () => Promise.reject(new Error('not yet')), () => 'there'];
    const { signal } = new AbortController();
    expect(await until(() => results.shift()?.(), signal, 1)).toBe('there');
  });

  it('rejects with what the last check threw, also while another one hangs', async () => {
    const aborter = new AbortController();
    const results = [() => Promise.reject(new Error('down')), () => new Promise<boolean>(() => aborter.abort())];
    await expect(until(() => results.shift()!(), aborter.signal, 1)).rejects.toThrow('down');
  });

  it('rejects with the reason of the signal when nothing was thrown', async () => {
    await expect(until(() => false, AbortSignal.abort(new Error('no time')), 1)).rejects.toThrow('no time');
  });
});

describe('a probe', () => {
  it('tells status and body of an answer that is not good', async () => {
    const { url } = await serverWith(503, '{"status":"down","kafka":"down"}');
    await expect(answersOk(`${url}/readyz`)).rejects.toThrow(/readyz answered 503: \{"status":"down","kafka":"down"\}/);
    expect(await answers(url)).toBe(true);
  });

  it('tells why there is no answer', async () => {
    const port = await freedPort();
    await expect(answersOk(`http://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED');
    await expect(listens('127.0.0.1', port)).rejects.toThrow(`127.0.0.1:${port}`);
  });

  it('is content with a good answer', async () => {
    const { url, port } = await serverWith(200, '{}');
    expect([await answersOk(url), await listens('127.0.0.1', port)]).toEqual([true, true]);
  });
});
