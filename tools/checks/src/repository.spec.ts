import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenLinks, localLinks } from './links.ts';
import { files, listedVariables, lockedAddresses, looseVersions, read, root } from './repository.ts';

describe('links', () => {
  it('reports a planted broken link and no sound one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'links-'));
    writeFileSync(join(folder, 'there.md'), '# There');
    writeFileSync(join(folder, 'page.md'), '[a](there.md#top) [b](gone.md) ![c](https://example.org/x.png) [d](#here)');
    expect(brokenLinks(join(folder, 'page.md'))).toEqual([`${folder}/page.md: gone.md does not exist`]);
  });

  it('reads the links of diagrams too', () => {
    expect(localLinks('```mermaid\nclick A "../src/a.ts"\n```')).toEqual(['../src/a.ts']);
  });

  it.each(files(/\.md$/))('of %s lead somewhere', (file) => {
    expect(brokenLinks(root + file)).toEqual([]);
  });
});

describe('packages', () => {
  it('reports a planted range', () => {
    expect(looseVersions('{"dependencies":{"a":"^1.0.0","b":"1.2.3","c":"1.2.3-beta.4"}}')).toEqual(['a@^1.0.0']);
  });

  it.each(files(/package\.json$/))('%s pins exact versions', (file) => {
    expect(looseVersions(read(file))).toEqual([]);
  });

  it('locks versions, not download addresses', () => {
    expect(lockedAddresses('"resolved": "https://example.org/a.tgz"')).toEqual(['https://example.org/a.tgz']);
    expect(lockedAddresses(read('package-lock.json'))).toEqual([]);
  });
});

describe('.env.example', () => {
  it('lists exactly the variables that services and docker-compose.yml read', () => {
    const configs = files(/^(services\/[^/]+|libs\/service-kit)\/src\/config\.ts$/)
      .map(read)
      .join('\n');
    const used = [
      ...configs.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm),
      ...read('docker-compose.yml').matchAll(/\$\{(\w+)/g),
    ];
    const names = new Set(used.map(([, name]) => name ?? ''));
    expect(listedVariables(read('.env.example'))).toEqual([...names].sort());
  });

  it('finds variables that are set or commented out', () => {
    expect(listedVariables('BB=1\n# AA=2\n# a sentence\n')).toEqual(['AA', 'BB']);
  });
});
