import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf } from '@sluice/kit/process-info';
import { until } from '@sluice/kit/wait';
import { describe, expect, it } from 'vitest';
import { eventually, nextExit, pidOf, RUNS_FOR_EVER, scratchFolder, scriptPart } from '../test/scratch.ts';

describe('processPart', () => {
  it('is started when its check says so, and logs to its file', async () => {
    const marker = join(scratchFolder(), 'ready');
    const logFile = join(scratchFolder(), 'logs', 'part.log');
    const part = scriptPart(`console.log('hello'); fs.writeFileSync('${marker}', ''); ${RUNS_FOR_EVER}`, {
      logFile,
      ready: (signal) => until(() => existsSync(marker), signal),
    });
    await part.start();
    expect(existsSync(marker)).toBe(true);
    expect(readFileSync(logFile, 'utf8')).toBe('hello\n');
    expect(await part.memoryBytes()).toBeGreaterThan(1_000_000);
  });

  it('fails at once, with the last words of the log, when the process ends before it is ready', async () => {
    const part = scriptPart(`console.error('no such thing'); process.exit(3)`, {
      ready: (signal) => until(() => false, signal),
      readyTimeoutMs: 60_000,
    });
    await expect(part.start()).rejects.toThrow(/dummy did not start: it ended with 3\.\nno such thing\nLog: /);
    expect(part.handle).toBeUndefined();
  });

  it('fails when the command does not exist', async () => {
    const part = scriptPart('', { command: '/no/such/command' });
    await expect(part.start()).rejects.toThrow(/dummy did not start: .*ENOENT/);
  });

  it('leaves nothing running when it does not become ready in time', async () => {
    let pid = 0;
    const part = scriptPart(RUNS_FOR_EVER, {
      ready: (signal) => {
        pid = pidOf(part);
        return until(() => false, signal);
      },
      readyTimeoutMs: 200,
    });
    await expect(part.start()).rejects.toThrow(/to become ready took longer than 200 ms/);
    expect(birthOf(pid)).toBeUndefined();
  });

  it('says what its check said last, and does not wait for one that hangs', async () => {
    let checks = 0;
    const check = (): Promise<boolean> => {
      checks += 1;
      return checks === 1 ? Promise.reject(new Error('503: postgres is down')) : new Promise(() => undefined);
    };
    const ready = (signal: AbortSignal) => until(check, signal, 1);
    const part = scriptPart(RUNS_FOR_EVER, { ready, readyTimeoutMs: 200 });
    await expect(part.start()).rejects.toThrow(/longer than 200 ms; at last: 503: postgres is down/);
  });

  it('reports an end that nobody asked for, and can be started again', async () => {
    const part = scriptPart(RUNS_FOR_EVER);
    await part.start();
    const first = pidOf(part);
    const exit = nextExit(part);
    await part.signal('SIGKILL');
    expect(await exit).toBe('it was ended by SIGKILL');
    await part.start();
    expect(pidOf(part)).not.toBe(first);
  });

  it('does not report an end that was asked for, and kills what ignores the request', async () => {
    const logFile = join(scratchFolder(), 'deaf.log');
    const part = scriptPart(`process.on('SIGTERM', () => {}); console.log('deaf'); ${RUNS_FOR_EVER}`, {
      logFile,
      ready: (signal) => until(() => readFileSync(logFile, 'utf8') !== '', signal),
    });
    const reasons: string[] = [];
    part.onExit((reason) => reasons.push(reason));
    await part.start();
    const pid = pidOf(part);
    await part.stop(100);
    expect(birthOf(pid)).toBeUndefined();
    expect(reasons).toEqual([]);
  });

  it('stops a frozen process in good order', async () => {
    const marker = join(scratchFolder(), 'ended-well');
    const script = `process.on('SIGTERM', () => { fs.writeFileSync('${marker}', ''); process.exit(0); });
      console.log('listening'); ${RUNS_FOR_EVER}`;
    const logFile = join(scratchFolder(), 'frozen.log');
    const part = scriptPart(script, {
      logFile,
      ready: (signal) => until(() => readFileSync(logFile, 'utf8') !== '', signal),
    });
    await part.start();
    await part.signal('SIGSTOP');
    await part.stop(5_000);
    expect(existsSync(marker)).toBe(true);
  });

  it('takes along what the process has started', async () => {
    const childFile = join(scratchFolder(), 'child');
    const part = scriptPart(
      `const { spawn } = require('node:child_process');
       const child = spawn(process.execPath, ['--eval', ${JSON.stringify(RUNS_FOR_EVER)}]);
       fs.writeFileSync('${childFile}', String(child.pid)); ${RUNS_FOR_EVER}`,
      { ready: (signal) => until(() => readFileSync(childFile, 'utf8') !== '', signal) },
    );
    await part.start();
    const child = Number(readFileSync(childFile, 'utf8'));
    expect(birthOf(child)).toBeDefined();
    await part.stop(1_000);
    await eventually(() => birthOf(child) === undefined);
  });

  it('can be stopped while it starts', async () => {
    const part = scriptPart(RUNS_FOR_EVER, { ready: (signal) => until(() => false, signal) });
    const started = part.start();
    const failed = expect(started).rejects.toThrow(/ended by SIGTERM/);
    await eventually(() => part.handle !== undefined);
    await part.stop(1_000);
    await failed;
    expect(part.handle).toBeUndefined();
  });
});
