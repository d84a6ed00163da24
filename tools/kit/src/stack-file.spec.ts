import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readStackFile, type StackFile, writeStackFile } from './stack-file.ts';

const service = (port: number) => ({ url: `http://127.0.0.1:${port}`, instances: [] });

const aStack: StackFile = {
  startedAt: '2026-01-01T00:00:00.000Z',
  infra: 'embedded',
  services: { order: service(1), inventory: service(2), notification: service(3) },
  kafka: { bootstrap: '127.0.0.1:9092', clusterId: 'abc', brokers: [{ id: 1, url: '127.0.0.1:9092', pid: 7 }] },
  postgres: { pid: 8 },
  databases: { order: 'postgres://a', inventory: 'postgres://b', notification: 'postgres://c' },
  mail: { smtp: 'smtp://127.0.0.1:2525', url: 'http://127.0.0.1:8025', pid: 9 },
  adminToken: 'secret',
};

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-stack-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('stack file', () => {
  it('comes back as it was written, readable by its owner only, with nothing left beside it', () => {
    const folder = scratchFolder();
    const path = join(folder, 'stack.json');
    writeStackFile(path, aStack);
    writeStackFile(path, { ...aStack, infra: 'docker' });
    expect(readStackFile(path)).toEqual({ ...aStack, infra: 'docker' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['stack.json']);
  });

  it('is refused, with its path and the field, when it has another shape', () => {
    const path = join(scratchFolder(), 'stack.json');
    writeFileSync(path, JSON.stringify({ ...aStack, adminToken: undefined }));
    expect(() => readStackFile(path)).toThrow(/stack\.json can't be read: .*adminToken/s);
  });

  it('is undefined when no stack runs', () => {
    expect(readStackFile(join(scratchFolder(), 'stack.json'))).toBeUndefined();
  });
});
