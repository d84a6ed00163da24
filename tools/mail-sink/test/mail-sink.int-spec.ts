import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it } from 'vitest';

import { MailSink, type MailSinkOptions } from '../src/sink.ts';
import { SmtpClient } from './smtp-client.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startSink(options: MailSinkOptions = {}) {
  const sink = new MailSink({ capacity: { slots: 20, latencyMs: 20 }, ...options });
  await sink.start();
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await sink.stop();
    stopped = true;
  };
  closers.push(stop);
  const http = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${sink.httpPort}${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const client = async (): Promise<SmtpClient> => {
    const connection = await SmtpClient.connect(sink.smtpPort);
    closers.push(() => connection.close());
    return connection;
  };
  return { sink, http, client, stop };
}

describe('mail sink', () => {
  it('lists what it took, by recipient and by sequence', async () => {
    const { http, client } = await startSink();
    const smtp = await client();
    const before = Date.now();
    expect(await smtp.mail('a@x.test', '<1@x>', 'First')).toBe(250);
    expect(await smtp.mail('b@x.test', '<2@x>')).toBe(250);

    const { body } = await http('GET', '/messages?to=a@x.test');
    expect(body).toEqual({
      items: [
        {
          seq: 1,
          messageId: '<1@x>',
          to: 'a@x.test',
          from: 'shop@sluice.local',
          subject: 'First',
          takenAt: expect.any(Number) as number,
        },
      ],
    });
    const [mail] = body['items'] as { takenAt: number }[];
    expect(mail?.takenAt).toBeGreaterThanOrEqual(before);
    expect(mail?.takenAt).toBeLessThanOrEqual(Date.now() + 1);
    expect(await http('GET', '/messages?after=1')).toMatchObject({ body: { items: [{ seq: 2 }] } });
    expect(await http('GET', '/messages?limit=1')).toMatchObject({ body: { nextCursor: '1' } });
    expect(await http('GET', '/messages/2')).toMatchObject({
      body: { raw: expect.stringContaining('Hello') as string },
    });
  });

  it.each([
    "!#$%&'*+/=?^_`{|}~-@x.test",
    'a@xn--jgeva-dua.xn--p1ai',
    'a@xn--0.test',
    `${'a'.repeat(64)}@${`${'b'.repeat(61)}.`.repeat(3)}c.x`,
  ])('takes mails to %s and lists them under that address', async (address) => {
    const { http, client } = await startSink();
    expect(await (await client()).mail(address, '<1@x>')).toBe(250);
    const { body } = await http('GET', `/messages?to=${encodeURIComponent(address)}`);
    expect(body).toMatchObject({ items: [{ to: address }] });
  });

  it('ends on a SIGTERM that comes while it is loading, by itself', async () => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({
        resolve(name, context, next) {
          if (name === 'smtp-server') process.kill(process.pid, 'SIGTERM');
          return next(name, context);
        },
      });`;
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, main]);
    // The first process of a container is not ended by a signal that it doesn't handle.
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })).toEqual([0, null]);
  });

  it('refuses with 421 and closes above its slots, and tells', async () => {
    const { http, client } = await startSink({ capacity: { slots: 1, latencyMs: 200 } });
    const first = await client();
    const second = await client();
    expect(await first.say('MAIL FROM:<a@x.test>')).toBe(250);
    expect(await second.say('MAIL FROM:<a@x.test>')).toBe(421);
    await second.closed();
    expect(await http('GET', '/stats')).toMatchObject({ body: { refusals: 1, active: 1, maxConcurrency: 1 } });
    expect(await http('DELETE', '/stats')).toMatchObject({ body: { refusals: 0, active: 1 } });
  });

  it('gives the slot of a dropped mail or connection back', async () => {
    const { client, sink } = await startSink({ capacity: { slots: 1, latencyMs: 1 } });
    const first = await client();
    await first.say('MAIL FROM:<a@x.test>');
    expect(await first.say('RSET')).toBe(250);
    const second = await client();
    expect(await second.say('MAIL FROM:<a@x.test>')).toBe(250);
    second.close();
    await expect.poll(() => sink.slots.active).toBe(0);
  });

  it('has all of its 20 slots of 100 ms in use, and never takes more than 200 mails a second', async () => {
    const { client, sink } = await startSink({ capacity: { slots: 20, latencyMs: 100 } });
    const clients = await Promise.all(Array.from({ length: 20 }, client));
    const answers = clients.map(async (smtp, n) => {
      for (let i = 0; i < 15; i += 1) expect(await smtp.mail('a@x.test', `<${n}.${i}@x>`)).toBe(250);
    });
    await Promise.all(answers);

    expect(sink.stats()).toMatchObject({ taken: 300, refusals: 0, maxConcurrency: 20 });
    expect(sink.stats().maxRate).toBeLessThanOrEqual(200);
  });

  it('holds a slot for its latency, and has it free again with the answer', async () => {
    const { client, sink } = await startSink({ capacity: { slots: 1, latencyMs: 100 } });
    const smtp = await client();
    const heldMs = async (): Promise<number[]> => {
      const times: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const start = performance.now();
        expect(await smtp.mail('a@x.test', `<${i}@x>`)).toBe(250);
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b);
    };
    const long = await heldMs();
    sink.setCapacity({ slots: 1, latencyMs: 1 });
    const short = await heldMs();
    expect(long[0]).toBeGreaterThan(75);
    expect(long[5]).toBeGreaterThan(90);
    // The shortest, because a pause of the test's own process is nothing the sink did.
    expect(short[0]).toBeLessThan(long[0]!);
  });

  it('changes its capacity at once and keeps it when the new one is invalid', async () => {
    const { http, client } = await startSink();
    expect(await http('PUT', '/capacity', { slots: 0, latencyMs: 5 })).toMatchObject({ status: 200 });
    expect(await (await client()).say('MAIL FROM:<a@x.test>')).toBe(421);
    expect(await http('PUT', '/capacity', { slots: 1.5, latencyMs: 5 })).toMatchObject({ status: 400 });
    expect(await http('PUT', '/capacity', '{')).toMatchObject({ status: 400 });
    expect(await http('GET', '/messages?limit=0')).toMatchObject({ status: 400 });
    expect(await http('GET', '/nothing')).toMatchObject({ status: 404 });
    expect(await http('GET', '/capacity')).toMatchObject({ body: { slots: 0, latencyMs: 5 } });
  });

  it('knows its mails and its capacity again after a restart with a journal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-mail-'));
    closers.push(() => rm(folder, { recursive: true }));
    const journal = join(folder, 'mail.jsonl');
    const first = await startSink({ journal });
    await (await first.client()).mail('a@x.test', '<1@x>');
    await first.http('PUT', '/capacity', { slots: 3, latencyMs: 5 });
    await first.stop();

    const second = await startSink({ journal });
    expect(await second.http('GET', '/capacity')).toMatchObject({ body: { slots: 3, latencyMs: 5 } });
    await (await second.client()).mail('b@x.test', '<2@x>');
    expect(await second.http('GET', '/messages')).toMatchObject({
      body: {
        items: [
          { seq: 1, messageId: '<1@x>' },
          { seq: 2, messageId: '<2@x>' },
        ],
      },
    });
  });
});
