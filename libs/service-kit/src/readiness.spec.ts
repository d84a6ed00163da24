import { describe, expect, it } from 'vitest';
import { Lifecycle } from './lifecycle.ts';
import { Readiness } from './readiness.ts';

describe('Readiness', () => {
  it('is ready while all is up', async () => {
    const readiness = new Readiness(new Lifecycle());
    readiness.register('postgres', () => 'up');
    expect(await readiness.report()).toEqual({ status: 'ready', checks: { postgres: 'up' } });
  });

  it('is degraded by what is not required or says so itself', async () => {
    const readiness = new Readiness(new Lifecycle());
    readiness.register('kafka', () => 'degraded');
    readiness.register('mail', () => Promise.reject(new Error('refused')), { required: false });
    expect(await readiness.report()).toEqual({ status: 'degraded', checks: { kafka: 'degraded', mail: 'down' } });
  });

  it('shows what a check is about, if that says so', async () => {
    const readiness = new Readiness(new Lifecycle());
    readiness.register('postgres', () => 'up');
    readiness.register('kafka', () => ({ health: 'degraded', details: { partition: 3 } }));
    expect(await readiness.report()).toEqual({
      status: 'degraded',
      checks: { postgres: 'up', kafka: 'degraded' },
      details: { kafka: { partition: 3 } },
    });
    readiness.register('kafka', () => ({ health: 'down', details: { partition: 3 } }));
    expect(await readiness.report()).toMatchObject({ status: 'not-ready', details: { kafka: { partition: 3 } } });
  });

  it('is not ready when a required check fails or does not answer in time', async () => {
    const readiness = new Readiness(new Lifecycle());
    readiness.register('postgres', () => new Promise(() => undefined), { timeoutMs: 20 });
    expect(await readiness.report()).toEqual({ status: 'not-ready', checks: { postgres: 'down' } });
  });

  it('is draining once the shutdown has begun, whatever the checks say', async () => {
    const lifecycle = new Lifecycle();
    const readiness = new Readiness(lifecycle);
    readiness.register('postgres', () => 'up');
    lifecycle.drain();
    expect((await readiness.report()).status).toBe('draining');
  });
});
