import { eventually } from '@sluice/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anOrder, Client } from '../src/support/client.ts';
import { collect, ended, runTool, startStack, type StartedStack } from '../src/support/stack.ts';
import { drained } from './support/drained.ts';
import { chosen } from './support/form.ts';
import { MailProvider } from './support/mail-provider.ts';

const greylistMs = 60_000;
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe.skipIf(chosen !== 'long')("a mail provider in the place of the stack's", () => {
  let started: StartedStack;
  let client: Client;
  let provider: MailProvider;

  beforeAll(async () => {
    started = await startStack();
    client = new Client(started.file());
    await client.setStock('mail', 100_000);
    await control('stop', 'mail');
    provider = await MailProvider.start(Number(new URL(client.stack.mail.smtp).port));
  }, 200_000);

  afterAll(async () => {
    await started?.stop();
    await provider?.[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    provider.rules = {};
  });

  async function control(...args: string[]): Promise<void> {
    const child = runTool('tools/stack/src/control/main.ts', args, started.folder);
    const output = collect(child);
    if ((await ended(child)) !== 0) throw new Error(`stack ${args.join(' ')}: ${output()}`);
  }

  /** Places an order for each address. */
  async function place(addresses: readonly string[], flow = 'async'): Promise<void> {
    const waiting = [...addresses];
    const worker = async (): Promise<void> => {
      for (let email = waiting.pop(); email !== undefined; email = waiting.pop())
        expect((await client.place(anOrder('mail', { email }), flow)).status).toBeLessThan(300);
    };
    await Promise.all(times(20, worker));
  }

  const undelivered = async (addresses: readonly string[]): Promise<number> => {
    const delivered = new Set(provider.mails.map(({ to }) => to));
    return addresses.filter((address) => !delivered.has(address)).length;
  };

  it('that greylists 1,200 mails for a minute delays these alone, and not for long', async () => {
    const firstSeen = new Map<string, number>();
    provider.rules = {
      latencyMs: 100,
      refuse: (address) => {
        if (!address.startsWith('grey')) return undefined;
        const seenAt = firstSeen.get(address) ?? performance.now();
        firstSeen.set(address, seenAt);
        return performance.now() - seenAt < greylistMs ? 450 : undefined;
      },
    };
    const grey = times(1_200, (i) => `grey-${i}@example.com`);
    const others = times(250, (i) => `other-${i}@example.com`);
    await place(grey);
    await place(others);
    await drained(() => undelivered(others));
    expect(await undelivered(grey)).toBe(grey.length);
    await eventually(() => expect(firstSeen.size).toBe(grey.length), { timeoutMs: greylistMs });
    await eventually(async () => expect(await undelivered(grey)).toBe(0), {
      timeoutMs: 5 * greylistMs,
      intervalMs: 500,
    });

    // The greylist, a quarter of it until the next attempt, and as much again for the drain.
    const late = grey.map((address) => provider.to(address)[0]!.atMs - firstSeen.get(address)!);
    expect(Math.max(...late)).toBeLessThan(greylistMs * 1.5);
    for (const address of [...grey, ...others]) expect(provider.to(address)).toHaveLength(1);
  });

  it('that needs 8 s for a mail gets none twice when the service is stopped meanwhile', async () => {
    provider.rules = { latencyMs: 8_000 };
    const addresses = times(5, (i) => `slow-${i}@example.com`);
    await place(addresses);
    await eventually(() => expect(provider.inProgress).toBe(addresses.length), { timeoutMs: 30_000 });
    await control('restart', 'notification');
    await eventually(async () => expect(await undelivered(addresses)).toBe(0), { timeoutMs: 60_000 });
    // Had one been given back, it would come again now.
    provider.rules = {};
    await place(['after@example.com']);
    await eventually(async () => expect(await undelivered(['after@example.com'])).toBe(0), { timeoutMs: 60_000 });
    for (const address of addresses) expect(provider.to(address)).toHaveLength(1);
  });
});
