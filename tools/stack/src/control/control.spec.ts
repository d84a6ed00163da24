import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, pidOf, RUNS_FOR_EVER, scratchFolder, scriptPart } from '../../test/scratch.ts';
import { type PartStatus, SupervisedPart } from '../supervised-part.ts';
import { Supervisor } from '../supervisor.ts';
import { askStack } from './client.ts';
import { startControlServer } from './server.ts';
import { statusTable } from './status-table.ts';

async function aControlledStack() {
  const part = scriptPart(RUNS_FOR_EVER, { name: 'order' });
  const supervised = new SupervisedPart(part, {
    url: 'http://127.0.0.1:3001',
    report: () => undefined,
    onStarted: () => undefined,
    backoff: () => 10,
  });
  await supervised.start();
  const socket = join(scratchFolder(), 'control.sock');
  const shutDowns: number[] = [];
  const close = await startControlServer(socket, {
    supervisor: new Supervisor([supervised]),
    shutDown: () => shutDowns.push(1),
    report: () => undefined,
  });
  onTestFinished(close);
  onTestFinished(() => supervised.stop(0));
  return { part, socket, shutDowns, close };
}

describe('control socket', () => {
  it('belongs to its owner only and goes with the stack', async () => {
    const { socket, close } = await aControlledStack();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    close();
    expect(existsSync(socket)).toBe(false);
    await expect(askStack(socket, 'GET', '/parts')).rejects.toThrow('No stack of this checkout runs');
  });

  it('stops a part for good, and starts it again', async () => {
    const { socket, part } = await aControlledStack();
    expect(await askStack(socket, 'POST', '/parts/order/stop')).toMatchObject({ state: 'stopped', restarts: 0 });
    expect(part.handle).toBeUndefined();
    expect(await askStack(socket, 'POST', '/parts/order/start')).toMatchObject({ state: 'running' });
    await expect(askStack(socket, 'POST', '/parts/order/start')).rejects.toThrow('order is running already.');
  });

  it('freezes and kills', async () => {
    const { socket, part } = await aControlledStack();
    const first = pidOf(part);
    expect(await askStack(socket, 'POST', '/parts/order/signal?signal=STOP')).toMatchObject({ state: 'frozen' });
    await askStack(socket, 'POST', '/parts/order/signal?signal=KILL');
    await eventually(() => part.handle !== undefined && pidOf(part) !== first);
    await eventually(async () => (await askStack<PartStatus[]>(socket, 'GET', '/parts'))[0]?.state === 'running');
  });

  it('explains what it does not know', async () => {
    const { socket } = await aControlledStack();
    await expect(askStack(socket, 'POST', '/parts/kafka/stop')).rejects.toThrow(
      'There is no part "kafka". Parts: order',
    );
    await expect(askStack(socket, 'POST', '/parts/order/signal?signal=HUP')).rejects.toThrow('"HUP" is none of');
    await expect(askStack(socket, 'POST', '/parts/order/explode')).rejects.toThrow("can't do");
  });

  it('passes the wish to end on', async () => {
    const { socket, shutDowns } = await aControlledStack();
    await askStack(socket, 'POST', '/stop');
    expect(shutDowns).toHaveLength(1);
  });
});

describe('status table', () => {
  it('has one line per part, in columns', () => {
    const parts: PartStatus[] = [
      {
        name: 'notification',
        state: 'running',
        handle: { pid: 4711 },
        url: 'http://127.0.0.1:3003',
        startedAt: '2026-01-01T00:00:00.000Z',
        restarts: 2,
        memoryBytes: 90 * 1024 * 1024,
      },
      { name: 'kafka-1', state: 'stopped', restarts: 0, memoryBytes: 0 },
    ];
    expect(statusTable(parts, Date.parse('2026-01-01T00:01:05.000Z')).split('\n')).toEqual([
      'NAME          STATE    PID/CONTAINER  UP    RESTARTS  MEMORY  URL',
      'notification  running  4711           1m5s  2         90 MB   http://127.0.0.1:3003',
      'kafka-1       stopped  -              -     0         -       -',
    ]);
  });
});
