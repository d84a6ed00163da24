import { randomUUID } from 'node:crypto';
import { pauseFor } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { burstSchedule } from '../src/plan/burst.ts';
import { newRunId, planFlow, type Flow, type FlowPlan } from '../src/plan/flow-plan.ts';
import { OpenLoop, type OpenLoopOptions } from '../src/run/open-loop.ts';
import { FakeOrderService, reply } from './fake-order-service.ts';

function plan(orders: number, seconds: number, flow: Flow = 'async'): FlowPlan {
  const options = { factor: 1, seconds, base: 0, capacity: orders / seconds, customers: 5, seed: 1 };
  return planFlow(burstSchedule(options), flow, newRunId());
}

async function run(service: FakeOrderService, what: FlowPlan, options: Partial<OpenLoopOptions> = {}) {
  const loop = new OpenLoop(what, { orderUrl: await service.start(), ...options });
  await loop.run();
  return loop;
}

function errorsOf({ attempts }: OpenLoop): Record<string, number> {
  const failed = attempts.filter(({ outcome }) => outcome !== 'accepted');
  const groups = Map.groupBy(failed, ({ outcome }) => outcome!);
  return Object.fromEntries([...groups].map(([outcome, { length }]) => [outcome, length]));
}

describe('OpenLoop', () => {
  it('keeps its schedule whatever the server does: a stall shows in every latency it caused', async () => {
    // One connection and 50 ms per answer: the tenth comes after half a second, although all are due within 100 ms.
    await using service = new FakeOrderService((_request, response) => {
      setTimeout(() => reply(response, 202, { id: randomUUID() }), 50);
    });
    const loop = await run(service, plan(10, 0.1), { connections: 1 });
    const latencies = loop.attempts.map((attempt) => attempt.endedMs! - attempt.intendedMs);
    expect(loop.counts).toEqual({ due: 10, accepted: 10, failed: 0 });
    expect(latencies.at(-1)).toBeGreaterThan(350);
    expect(new Set(loop.attempts.map((attempt) => attempt.orderId)).size).toBe(10);
  });

  it('sends 2,000 orders a second, none before its time', async () => {
    await using service = new FakeOrderService();
    const loop = await run(service, plan(2000, 1));
    expect(loop.counts.accepted).toBe(2000);
    const lateMs = loop.attempts.map((attempt) => attempt.sentMs! - attempt.intendedMs).toSorted((a, b) => a - b);
    expect(lateMs[0]).toBeGreaterThanOrEqual(0);
  });

  it('has opened all its connections when the first order leaves', async () => {
    await using service = new FakeOrderService();
    await run(service, plan(400, 0.2), { connections: 300 });
    expect(service.connectionsBefore).toBe(300);
  });

  it('gives an order up when the client has waited long enough, sent or not', async () => {
    await using service = new FakeOrderService(() => undefined);
    const loop = await run(service, plan(5, 0.1), { connections: 2, timeoutMs: 300 });
    expect(errorsOf(loop)).toEqual({ timeout: 5 });
    expect(service.requests).toBeLessThan(5);
    for (const attempt of loop.attempts) expect(attempt.endedMs! - attempt.intendedMs).toBeGreaterThanOrEqual(300);
  });

  it('begins though nobody says that the service is alive', async () => {
    await using service = new FakeOrderService();
    service.isAlive = false;
    expect((await run(service, plan(3, 0.1))).counts.accepted).toBe(3);
  });

  it('ends at once when it is told to before it has begun', async () => {
    await using service = new FakeOrderService();
    service.isAlive = false;
    const loop = new OpenLoop(plan(3, 0.1), { orderUrl: await service.start() });
    await expect(loop.run(AbortSignal.timeout(100))).rejects.toThrow('timeout');
    expect(loop.counts.due).toBe(0);
  });

  it('sleeps until an order that is due in two months', async () => {
    await using service = new FakeOrderService();
    const { orders, ...rest } = plan(2, 0.1);
    const later = { ...rest, orders: orders.map((order, i) => ({ ...order, atMs: i * 60 * 86_400_000 })) };
    const loop = new OpenLoop(later, { orderUrl: await service.start() });
    const enough = new AbortController();
    const running = loop.run(enough.signal);
    await eventually(() => expect(loop.counts.accepted).toBe(1));
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await pauseFor(50);
    expect(timers.mock.calls.length).toBeLessThan(5);
    timers.mockRestore();
    enough.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('ends at once when it is told to', async () => {
    const stopped = new AbortController();
    await using service = new FakeOrderService(() => stopped.abort(new Error('enough')));
    const loop = new OpenLoop(plan(1_000, 60), { orderUrl: await service.start() });
    await expect(loop.run(stopped.signal)).rejects.toThrow('enough');
    expect(loop.counts.due).toBeLessThan(1_000);
  });

  it('counts errors by what they are', async () => {
    const answers = [503, 504, 429, 409, 200];
    await using service = new FakeOrderService((_request, response) => reply(response, answers.pop()!, {}));
    const loop = await run(service, plan(5, 0.1, 'sync'));
    expect(errorsOf(loop)).toEqual({ 503: 1, 504: 1, 429: 1, 409: 1, 200: 1 });
  });

  it('takes a 409 that names its order as accepted, in the synchronous flow only', async () => {
    const conflict = { orderId: randomUUID(), reason: 'out-of-stock' };
    for (const [flow, accepted] of [
      ['sync', 1],
      ['async', 0],
    ] as const) {
      await using service = new FakeOrderService((_request, response) => reply(response, 409, conflict));
      const loop = await run(service, plan(1, 0.1, flow));
      expect(loop.counts.accepted).toBe(accepted);
      expect(loop.attempts[0]!.orderId).toBe(conflict.orderId);
    }
  });

  it('counts a server that hangs up, or is not there, as a connection error', async () => {
    const service = new FakeOrderService((request) => request.socket.destroy());
    const url = await service.start();
    const hung = new OpenLoop(plan(3, 0.1), { orderUrl: url });
    await hung.run();
    await service[Symbol.asyncDispose]();
    const gone = new OpenLoop(plan(3, 0.1), { orderUrl: url });
    await gone.run();
    expect([hung, gone].map((loop) => errorsOf(loop))).toEqual([{ connection: 3 }, { connection: 3 }]);
    expect(gone.attempts.map(({ sentMs }) => sentMs)).toEqual([undefined, undefined, undefined]);
  });

  it('opens another connection where the server closes each after its answer', async () => {
    await using service = new FakeOrderService((_request, response) => {
      response.setHeader('connection', 'close');
      reply(response, 202, { id: randomUUID() });
    });
    const loop = await run(service, plan(40, 0.2), { connections: 2 });
    expect(loop.counts).toEqual({ due: 40, accepted: 40, failed: 0 });
  });

  it('takes no answer for one of which the length is not told', async () => {
    await using service = new FakeOrderService((_request, response) => response.end(JSON.stringify('ä'.repeat(3))));
    const [known] = Object.keys(errorsOf(await run(service, plan(1, 0.1))));
    await using other = new FakeOrderService(
      (_request, response) => void response.write('"in', () => response.end('"')),
    );
    const [unknown] = Object.keys(errorsOf(await run(other, plan(1, 0.1))));
    expect([known, unknown]).toEqual(['200', 'protocol']);
  });

  it('has nothing to do for an empty plan', async () => {
    const empty = { ...plan(1, 0.1), orders: [] };
    const loop = new OpenLoop(empty, { orderUrl: 'http://127.0.0.1:9' });
    await loop.run();
    expect(loop.attempts).toEqual([]);
  });
});
