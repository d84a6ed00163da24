import { describe, expect, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';
import { docker, hasEngine } from './support/docker.ts';
import { startStack } from './support/stack.ts';

/** What Testcontainers writes on everything that one process starts. */
const label = 'org.testcontainers.session-id';

describe.skipIf(!hasEngine)('npm start -- --infra docker', () => {
  it('runs both flows on containers and leaves none behind', async () => {
    process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
    const stack = await startStack(['--infra', 'docker']);
    const { infra, kafka, postgres } = stack.file();
    const started = [kafka.brokers[0]?.container ?? '', postgres.container ?? ''];
    const session = docker(['inspect', '--format', `{{index .Config.Labels "${label}"}}`, started[0] ?? '']).trim();
    const left = () => docker(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}=${session}`]);
    try {
      expect(infra).toBe('docker');
      for (const container of started) expect(left()).toContain(container);
      const client = new Client(stack.file());
      await client.setStock('docker', 2);
      for (const flow of ['async', 'sync']) {
        const { id } = (await client.place(anOrder('docker'), flow)).body;
        expect(await client.settled(id)).toMatchObject({ status: 'CONFIRMED', flow });
      }
    } finally {
      await stack.stop();
    }
    expect(left()).toBe('');
  });
});
