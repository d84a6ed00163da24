import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { meterCpu, perItem } from './cpu.ts';

// Burns CPU time by itself and in a child, sends a message, and goes on.
const program = `
  const burn = (ms) => { while (process.cpuUsage().user < ms * 1_000); };
  if (process.argv[1] === 'child') burn(100);
  else {
    require('node:child_process').execFileSync(process.execPath, ['--eval', process.env.PROGRAM, 'child']);
    burn(100);
    process.send('burnt');
    setInterval(() => {}, 1_000);
  }`;

function burner(): ChildProcess {
  const child = spawn(process.execPath, ['--eval', program], {
    env: { ...process.env, PROGRAM: program },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

it.skipIf(process.platform !== 'linux')(
  'counts what a process and its children spend, ended ones included',
  async () => {
    const child = burner();
    const stop = await meterCpu({ burner: child.pid ?? 0 });
    await once(child, 'message');
    const { burner: micros = 0 } = await stop();
    expect(micros).toBeGreaterThanOrEqual(190_000);
  },
);

it('counts nothing of a process that has ended', async () => {
  const stop = await meterCpu({ ended: 2 ** 30 });
  expect(await stop()).toEqual({ ended: 0 });
});

it('shares it out', () => {
  expect(perItem({ side: 500, kafka: 100 }, 50)).toEqual({ side: 10, kafka: 2 });
});
