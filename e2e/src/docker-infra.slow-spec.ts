import { describe, expect, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';
import { docker, hasEngine } from './support/docker.ts';
import { startStack } from './support/stack.ts';

/** Running or not; other specs have containers of their own meanwhile. */
const present = async () => (await docker(['ps', '--all', '--quiet', '--no-trunc'])).split('\n');

describe.skipIf(!hasEngine)('npm start -- --infra docker', () => {
  it('runs both flows on containers and leaves none behind', async () => {
    process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
    const stack = await startStack(['--infra', 'docker']);
    const { infra, kafka, postgres } = stack.file();
    const started = [kafka.brokers[0]?.container ?? '', postgres.container ?? ''];
    try {
      expect(infra).toBe('docker');
      expect(await present()).toEqual(expect.arrayContaining(started));
      const client = new Client(stack.file());
      await client.setStock('docker', 2);
      for (const flow of ['async', 'sync']) {
        const { id } = (await client.place(anOrder('docker'), flow)).body;
        expect(await client.settled(id)).toMatchObject({ status: 'CONFIRMED', flow });
      }
    } finally {
      await stack.stop();
    }
    expect((await present()).filter((id) => started.includes(id))).toEqual([]);
  });
});
