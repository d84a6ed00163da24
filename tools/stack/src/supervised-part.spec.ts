import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf } from '@sluice/kit/process-info';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, pidOf, RUNS_FOR_EVER, scratchFolder, scriptPart } from '../test/scratch.ts';
import type { Part } from './part.ts';
import { SupervisedPart } from './supervised-part.ts';
import { Supervisor } from './supervisor.ts';

const ENDS_SOON = 'setTimeout(() => process.exit(7), 50)';

function supervise(part: Part) {
  const lines: string[] = [];
  const asked: number[] = [];
  let starts = 0;
  const supervised = new SupervisedPart(part, {
    report: (line) => lines.push(line),
    onStarted: () => (starts += 1),
    backoff: (failures) => {
      asked.push(failures);
      return 20;
    },
  });
  onTestFinished(() => supervised.stop(0));
  return { supervised, lines, asked, startCount: () => starts };
}

describe('SupervisedPart', () => {
  it('starts a killed part again, says so, and tells the new pid', async () => {
    const part = scriptPart(RUNS_FOR_EVER);
    const { supervised, lines, startCount } = supervise(part);
    await supervised.start();
    const first = pidOf(part);
    process.kill(first, 'SIGKILL');
    await eventually(() => startCount() === 2);
    expect(pidOf(part)).not.toBe(first);
    expect(lines).toEqual(['dummy died: it was ended by SIGKILL; starting it again in 0.02 s', 'dummy has recovered']);
    expect(await supervised.status()).toMatchObject({ state: 'running', restarts: 1 });
  });

  it('counts the failures in a row, so that the pauses grow', async () => {
    const { supervised, asked } = supervise(scriptPart(ENDS_SOON));
    await supervised.start();
    await eventually(() => asked.length >= 3);
    expect(asked.slice(0, 3)).toEqual([1, 2, 3]);
  });

  it('does not start again what was stopped, not even while it waited for its next start', async () => {
    const part = scriptPart(ENDS_SOON);
    const { supervised } = supervise(part);
    await supervised.start();
    await eventually(() => supervised.state === 'waiting');
    await supervised.stop(1_000);
    expect(supervised.state).toBe('stopped');
    await supervised.start();
    expect(supervised.state).toBe('running');
  });

  it('rejects a first start that fails', async () => {
    const { supervised } = supervise(scriptPart('', { command: '/no/such/command' }));
    await expect(supervised.start()).rejects.toThrow('dummy did not start');
    expect(supervised.state).toBe('stopped');
  });

  it('goes on trying with one that dies while it is started again on request', async () => {
    const folder = scratchFolder();
    const [runs, up] = [join(folder, 'runs'), join(folder, 'up')];
    const script = `const fs = require('node:fs');
      fs.appendFileSync(${JSON.stringify(runs)}, 'x');
      if (fs.statSync(${JSON.stringify(runs)}).size === 2) process.exit(7);
      fs.writeFileSync(${JSON.stringify(up)}, '');
      ${RUNS_FOR_EVER}`;
    const ready = () => eventually(() => existsSync(up));
    const { supervised, asked } = supervise(scriptPart(script, { ready }));
    await supervised.start();
    rmSync(up);
    await expect(supervised.restart(1_000)).rejects.toThrow('dummy did not start');
    await eventually(() => supervised.state === 'running');
    expect(asked).toEqual([1]);
    expect(readFileSync(runs, 'utf8')).toBe('xxx');
  });

  it('knows a frozen part', async () => {
    const { supervised } = supervise(scriptPart(RUNS_FOR_EVER));
    await supervised.start();
    await supervised.signal('SIGSTOP');
    expect(supervised.state).toBe('frozen');
    await supervised.signal('SIGCONT');
    expect(supervised.state).toBe('running');
  });
});

describe('Supervisor', () => {
  it('ends everything within the deadline, though a part ignores the request', async () => {
    const deaf = scriptPart(`process.on('SIGTERM', () => {}); ${RUNS_FOR_EVER}`, { name: 'deaf' });
    const plain = scriptPart(RUNS_FOR_EVER, { name: 'plain' });
    const supervisor = new Supervisor([supervise(deaf).supervised, supervise(plain).supervised]);
    await Promise.all(['deaf', 'plain'].map((name) => supervisor.part(name).start()));
    const pids = [pidOf(deaf), pidOf(plain)];
    const stages = [
      { names: ['deaf'], graceMs: 60_000 },
      { names: ['plain'], graceMs: 60_000 },
    ];
    await supervisor.shutDown(stages, 1_500);
    expect(pids.map(birthOf)).toEqual([undefined, undefined]);
  });

  it('names the parts that exist when asked for another', () => {
    expect(() => new Supervisor([supervise(scriptPart('')).supervised]).part('ordr')).toThrow(
      'There is no part "ordr". Parts: dummy.',
    );
  });
});
