import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { read } from '../src/repository.ts';

const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: { postgres: { entrypoint: [string, ...string[]]; command: string[] } };
};
const run = promisify(execFile);

/** What the container of the database does before its image's own entrypoint, which only says how it was called. */
async function startDatabase(POSTGRES_PASSWORD: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'entrypoint-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const image = join(folder, 'docker-entrypoint.sh');
  await writeFile(image, '#!/bin/sh\necho started "$@"\n');
  await chmod(image, 0o755);
  const { entrypoint, command } = services.postgres;
  const [program, ...args] = entrypoint.map((text) => text.replaceAll('$$', '$')) as [string, ...string[]];
  const env = { HOME: folder, PATH: `${folder}:${process.env['PATH']}`, POSTGRES_PASSWORD };
  const { stdout } = await run(program, [...args, ...command], { env });
  return stdout.trim();
}

it.each(['development-only', `p@ss/w#rd?%41:$1\\'" ü *[[:cntrl:]]*`])(
  'Compose takes the password %s',
  async (password) => {
    expect(await startDatabase(password)).toBe(`started ${services.postgres.command.join(' ')}`);
  },
);

it.each(['two\nlines', 'tab\t', 'delete\u007f'])('Compose refuses %j before the database is made', async (password) => {
  await expect(startDatabase(password)).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'POSTGRES_PASSWORD: must not contain control characters, such as line breaks\n',
  });
});
