import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { createControl } from '../src/control.ts';
import { FaultProxy } from '../src/fault-proxy.ts';
import { healthy } from '../src/faults.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An echo server behind a proxy. */
async function startProxy() {
  const sockets = new Set<Socket>();
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => echo.close(resolve));
  });
  const proxy = new FaultProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  await proxy.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => proxy.close());
  return { proxy, echoSockets: sockets };
}

async function open(proxy: FaultProxy) {
  const socket = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true });
  closers.push(() => socket.destroy());
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.on('error', resolve));
  await once(socket, 'connect', { signal: AbortSignal.timeout(30_000) });
  return { socket, failed, received: () => Buffer.concat(chunks) };
}

describe('fault proxy', () => {
  it('carries bytes and the end of them unchanged both ways', async () => {
    const { proxy } = await startProxy();
    const { socket, received } = await open(proxy);
    const sent = Buffer.alloc(3_000_000, 'abcdefghij');
    socket.end(sent);
    await once(socket, 'end', { signal: AbortSignal.timeout(30_000) });
    expect(received().equals(sent)).toBe(true);
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('adds latency to a round trip', async () => {
    const { proxy } = await startProxy();
    proxy.faults = { ...healthy, latencyMs: 200 };
    const { socket } = await open(proxy);
    const tookMs: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const start = performance.now();
      socket.write('ping');
      await once(socket, 'data', { signal: AbortSignal.timeout(30_000) });
      tookMs.push(performance.now() - start);
    }
    const shortestMs = Math.min(...tookMs);
    expect(shortestMs).toBeGreaterThanOrEqual(199);
    expect(shortestMs).toBeLessThan(2_000);
  });

  it('limits the bandwidth over all connections', async () => {
    const { proxy } = await startProxy();
    proxy.faults = { ...healthy, bandwidthBytesPerS: 100_000 };
    const start = performance.now();
    await Promise.all(
      [1, 2].map(async () => {
        const { socket, received } = await open(proxy);
        socket.end(Buffer.alloc(25_000));
        await once(socket, 'end', { signal: AbortSignal.timeout(30_000) });
        expect(received().length).toBe(25_000);
      }),
    );
    const tookMs = performance.now() - start;
    expect(tookMs).toBeGreaterThan(450);
    expect(tookMs).toBeLessThan(5_000);
  });

  it('holds bytes while frozen, keeps the connection and lets go after', async () => {
    const { proxy, echoSockets } = await startProxy();
    const { socket, received } = await open(proxy);
    socket.write('a');
    await expect.poll(() => received().toString()).toBe('a');
    proxy.faults = { ...healthy, freeze: true };
    socket.write('b');
    const late = await open(proxy);
    late.socket.write('c');
    await expect.poll(() => echoSockets.size).toBe(2);
    const [first] = echoSockets;
    expect([received().toString(), late.received().toString(), first?.bytesRead]).toEqual(['a', '', 1]);

    proxy.faults = healthy;
    await expect.poll(() => received().toString()).toBe('ab');
    await expect.poll(() => late.received().toString()).toBe('c');
  });

  it('resets what is open and what is new while cut, and serves again after', async () => {
    const { proxy } = await startProxy();
    const existing = await open(proxy);
    proxy.faults = { ...healthy, cut: true };
    expect((await existing.failed).code).toBe('ECONNRESET');
    const fresh = connect({ host: '127.0.0.1', port: proxy.port });
    const [error] = (await once(fresh, 'close', { signal: AbortSignal.timeout(30_000) }).catch((e: unknown) => [
      e,
    ])) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');

    proxy.faults = healthy;
    const { socket, received } = await open(proxy);
    socket.write('again');
    await expect.poll(() => received().toString()).toBe('again');
  });

  it('resets the client when nobody answers behind it', async () => {
    const proxy = new FaultProxy({ host: '127.0.0.1', port: 1 });
    await proxy.listen({ host: '127.0.0.1', port: 0 });
    closers.push(() => proxy.close());
    const { failed } = await open(proxy);
    expect((await failed).code).toBe('ECONNRESET');
  });

  it('is controlled over HTTP and keeps its faults when new ones are invalid', async () => {
    const { proxy } = await startProxy();
    const control = createControl(proxy);
    control.listen(0, '127.0.0.1');
    await once(control, 'listening');
    closers.push(() => {
      control.closeAllConnections();
      control.close();
    });
    const url = `http://127.0.0.1:${(control.address() as AddressInfo).port}/faults`;
    const put = (body: string) => fetch(url, { method: 'PUT', body, signal: AbortSignal.timeout(30_000) });
    expect((await put('{"latencyMs":7}')).status).toBe(200);
    expect((await put('{"cut":"yes"}')).status).toBe(400);
    expect(await (await fetch(url, { signal: AbortSignal.timeout(30_000) })).json()).toEqual({
      ...healthy,
      latencyMs: 7,
    });
  });
});
