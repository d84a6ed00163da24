import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flow, FlowResult, Result } from '@sluice/load';
import { describe, expect, inject, it } from 'vitest';
import { eventually } from '@sluice/messaging/testing';
import { collect, ended, runTool } from './support/stack.ts';

type Service = 'order' | 'inventory' | 'notification';

const stack = inject('stack');
const folder = inject('stackFolder');

async function control(...args: string[]): Promise<void> {
  const child = runTool('tools/stack/src/control/main.ts', args, folder);
  const output = collect(child);
  if ((await ended(child)) !== 0) throw new Error(`stack ${args.join(' ')}: ${output()}`);
}

/** Offers 100 orders a second to one flow for some seconds, does `meanwhile` once it runs, and reads the result. */
async function underLoad(flow: Flow, seconds: number, meanwhile: () => Promise<void>): Promise<FlowResult> {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  const shape = ['--factor', '0.5', '--seconds', String(seconds), '--flow', flow, '--json', file];
  const child = runTool('tools/load/src/main.ts', ['burst', ...shape], folder);
  const output = collect(child);
  await eventually(
    async () => {
      const { status } = await fetch(`${stack.services.order.url}/orders?limit=1`);
      if (child.exitCode !== null) throw new Error(output());
      expect(status).toBe(200);
      expect(output()).toMatch(/offered|accepted/);
    },
    { timeoutMs: 30_000 },
  );
  await meanwhile();
  const code = await ended(child);
  expect(code, output()).toBe(0);
  const result = (JSON.parse(readFileSync(file, 'utf8')) as Result).flows[flow];
  if (!result) throw new Error(`no result of ${flow}`);
  return result;
}

async function back(service: Service): Promise<void> {
  await eventually(
    async () => {
      const { ok } = await fetch(`${stack.services[service].url}/readyz`);
      expect(ok).toBe(true);
    },
    { timeoutMs: 60_000 },
  );
}

const faultless = {
  lost: 0,
  duplicated: 0,
  oversold: 0,
  undersold: 0,
  nonTerminal: 0,
  notificationsMissing: 0,
  notificationsDuplicated: 0,
  deadLetters: 0,
};

/** One after the other, each back before the next one dies. */
async function killEach(): Promise<void> {
  for (const service of ['order', 'inventory', 'notification'] as const) {
    await control('kill', service);
    await back(service);
  }
}

describe('kill -9 of each service under load', () => {
  it('loses and repeats no asynchronous order', async () => {
    const result = await underLoad('async', 15, killEach);
    expect(result.ledger).toMatchObject(faultless);
    expect(result.completed).toBe(result.accepted);
    expect(result.accepted).toBeGreaterThan(0);
  });

  it('leaves no synchronous order half done', async () => {
    const result = await underLoad('sync', 15, killEach);
    expect(result.ledger).toMatchObject(faultless);
    expect(result.accepted).toBeGreaterThan(0);
    expect(result.accepted).toBeLessThan(result.offered);
  });
});

async function outage(): Promise<void> {
  await control('stop', 'notification');
  await eventually(() => expect(fetch(`${stack.services.notification.url}/livez`)).rejects.toThrow());
  await control('start', 'notification');
}

describe('a notification service that is away', () => {
  it('costs the asynchronous flow nothing but time', async () => {
    const result = await underLoad('async', 8, outage);
    expect(result).toMatchObject({ accepted: result.offered, completed: result.offered, errors: {} });
    expect(result.ledger).toMatchObject({ ...faultless, mailsRepeated: 0 });
  });

  it('fails synchronous orders, and each of those is compensated', async () => {
    const result = await underLoad('sync', 8, outage);
    expect(result.accepted).toBeLessThan(result.offered);
    expect(result.ledger).toMatchObject(faultless);
  });
});
