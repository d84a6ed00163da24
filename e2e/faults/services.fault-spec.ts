import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import type { StackFile } from '@sluice/kit/stack-file';
import type { Flow, FlowResult, Result } from '@sluice/load';
import { permanentServices, type ServiceName } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, ended, isOver, runTool, startStack, type StartedStack } from '../src/support/stack.ts';
import { chosen, form, isQuick } from './support/form.ts';

let started: StartedStack;
let stack: StackFile;
let folder: string;

beforeAll(async () => {
  started = await startStack();
  ({ folder } = started);
  stack = started.file();
}, 200_000);

afterAll(() => started.stop());

async function control(...args: string[]): Promise<void> {
  const child = runTool('tools/stack/src/control/main.ts', args, folder);
  const output = collect(child);
  if ((await ended(child)) !== 0) throw new Error(`stack ${args.join(' ')}: ${output()}`);
}

/** Offers 100 orders a second to one flow for some seconds, does `meanwhile` once it runs, and reads the result. */
async function underLoad(flow: Flow, seconds: number, meanwhile: () => Promise<void>): Promise<FlowResult> {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  const shape = ['--factor', '0.5', '--seconds', String(seconds), '--warmup', '500', '--flow', flow, '--json', file];
  const child = runTool('tools/load/src/main.ts', ['burst', ...shape], folder);
  const output = collect(child);
  await eventually(
    async () => {
      if (isOver(child)) return;
      const { status } = await fetch(`${stack.services.order.url}/orders?limit=1`);
      expect(status).toBe(200);
      expect(output()).toMatch(/offered|accepted/);
    },
    { timeoutMs: 30_000 },
  );
  if (isOver(child)) throw new Error(output());
  await meanwhile();
  const code = await ended(child);
  expect(code, output()).toBe(0);
  const result = (JSON.parse(readFileSync(file, 'utf8')) as Result).flows[flow];
  if (!result) throw new Error(`no result of ${flow}`);
  return result;
}

async function back(service: ServiceName): Promise<void> {
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

const rounds = form({ quick: 1, ci: 2, long: 5 });
const killSeconds = form({ quick: 12, ci: 24, long: 60 });

/** The other flow's halves, and what other specs show in small: each costs most of a minute. */
const itUnlessQuick = it.skipIf(isQuick);

/** One after the other, each back before the next one dies. */
async function killEach(): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const { name } of permanentServices) {
      await control('kill', name);
      await back(name);
    }
  }
}

describe('kill -9 of each service under load', () => {
  it('loses and repeats no asynchronous order', async () => {
    const result = await underLoad('async', killSeconds, killEach);
    expect(result.ledger).toMatchObject(faultless);
    expect(result.completed).toBe(result.accepted);
    expect(result.accepted).toBeGreaterThan(0);
  });

  itUnlessQuick('loses and repeats no order that the log has taken', async () => {
    const result = await underLoad('log', killSeconds, killEach);
    expect(result.ledger).toMatchObject(faultless);
    expect(result.completed).toBe(result.accepted);
    expect(result.accepted).toBeGreaterThan(0);
  });

  itUnlessQuick('leaves no synchronous order half done', async () => {
    const result = await underLoad('sync', killSeconds, killEach);
    expect(result.ledger).toMatchObject(faultless);
    expect(result.accepted).toBeGreaterThan(0);
    expect(result.accepted).toBeLessThan(result.offered);
  });
});

const outageMs = form({ quick: 1_000, ci: 10_000, long: 30_000 });
const outageSeconds = form({ quick: 8, ci: 18, long: 40 });

/** Stops a part for as long as an outage takes. */
async function outage(part: 'notification' | 'postgres'): Promise<void> {
  await control('stop', part);
  const until = performance.now() + outageMs;
  await eventually(() => expect(performance.now()).toBeGreaterThan(until), { timeoutMs: outageMs + 30_000 });
  await control('start', part);
}

describe('a notification service that is away', () => {
  itUnlessQuick('costs the asynchronous flow nothing but time', async () => {
    const result = await underLoad('async', outageSeconds, () => outage('notification'));
    expect(result).toMatchObject({ accepted: result.offered, completed: result.offered, errors: {} });
    expect(result.ledger).toMatchObject({ ...faultless, mailsRepeated: 0 });
  });

  it('fails synchronous orders, and each of those is compensated', async () => {
    const result = await underLoad('sync', outageSeconds, () => outage('notification'));
    expect(result.accepted).toBeLessThan(result.offered);
    expect(result.ledger).toMatchObject(faultless);
  });
});

describe('a database that is away', () => {
  itUnlessQuick('costs the log-first flow nothing but time', async () => {
    const result = await underLoad('log', outageSeconds, () => outage('postgres'));
    expect(result).toMatchObject({ accepted: result.offered, completed: result.offered, errors: {} });
    expect(result.ledger).toMatchObject(faultless);
  });

  it('costs refusals, but neither an accepted order nor a dead letter', async () => {
    const result = await underLoad('async', outageSeconds, () => outage('postgres'));
    expect(result.ledger).toMatchObject(faultless);
    expect(result.completed).toBe(result.accepted);
    expect(result.accepted).toBeLessThan(result.offered);
  });
});

describe('a broker that is killed', () => {
  itUnlessQuick('costs the asynchronous flow nothing but time', async () => {
    const result = await underLoad('async', outageSeconds, () => control('kill', 'kafka-1'));
    expect(result).toMatchObject({ accepted: result.offered, completed: result.offered, errors: {} });
    expect(result.ledger).toMatchObject(faultless);
  });

  itUnlessQuick('costs the log-first flow refusals, but no order that it had accepted', async () => {
    const result = await underLoad('log', outageSeconds, () => control('kill', 'kafka-1'));
    expect(result.ledger).toMatchObject(faultless);
    expect(result.completed).toBe(result.accepted);
    expect(result.accepted).toBeLessThan(result.offered);
  });
});

/** The status of one request on a connection that stays open, or how it failed. */
function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.resume();
      response.once('close', () => resolve(response.complete ? String(response.statusCode) : 'cut off'));
    });
    request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** One request after the other, until no connection is accepted any more: how often which of them happened. */
async function askUntilRefused(url: string, counts: Map<string, number>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let outcome = ''; outcome !== 'ECONNREFUSED';) {
    outcome = await ask(url, agent);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  agent.destroy();
}

describe('SIGTERM to a service whose clients keep their connections', () => {
  it.skipIf(chosen !== 'long')('resets no request', async () => {
    for (let round = 0; round < 10; round++) {
      const counts = new Map<string, number>();
      const url = `${stack.services.inventory.url}/stock?limit=1`;
      const clients = Array.from({ length: 64 }, () => askUntilRefused(url, counts));
      await eventually(() => expect(counts.get('200') ?? 0).toBeGreaterThan(1_000), { timeoutMs: 60_000 });
      await control('stop', 'inventory');
      await Promise.all(clients);
      expect([...counts.keys()].toSorted()).toEqual(['200', 'ECONNREFUSED']);
      await control('start', 'inventory');
      await back('inventory');
    }
  });
});
