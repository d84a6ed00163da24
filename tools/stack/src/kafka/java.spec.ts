import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { scratchFolder } from '../../test/scratch.ts';
import { findJava, hasMaven, majorVersion } from './java.ts';

it.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_392"', 8],
  ['openjdk version "25" 2025-09-16', 25],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.4" 2024-07-16 LTS', 21],
  ['bash: java: command not found', undefined],
])('reads the version out of %j', (text, version) => {
  expect(majorVersion(text)).toBe(version);
});

/** Makes a shell script; gives the folder above its own. */
function program(path: string, script: string): string {
  const file = join(scratchFolder(), path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return dirname(dirname(file));
}

const jdk = (version: string): string => program('bin/java', `echo 'openjdk version "${version}"' >&2`);

/** A shell with this JAVA_HOME, and this Java on its PATH. */
function shell(home: string, onPath: string): void {
  vi.stubEnv('JAVA_HOME', home);
  vi.stubEnv('PATH', join(onPath, 'bin'));
}

describe('the Java of a shell', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is that of JAVA_HOME', async () => {
    const home = jdk('21.0.4');
    shell(home, jdk('17.0.1'));
    expect(await findJava()).toBe(join(home, 'bin', 'java'));
  });

  it.each([
    ['leads nowhere', () => '/no/such/jdk'],
    ['leads to an old one', () => jdk('1.8.0_392')],
  ])('is that of PATH when JAVA_HOME %s', async (_, home) => {
    shell(home(), jdk('17.0.1'));
    expect(await findJava()).toBe('java');
  });

  it('is named with its version when there is none but old ones', async () => {
    shell(jdk('1.8.0_392'), jdk('11.0.2'));
    await expect(findJava()).rejects.toThrow(/bin\/java is Java 8, java is Java 11, and Kafka needs 17/);
  });

  it('does not have to work with the options that the shell has for others', async () => {
    vi.stubEnv('JAVA_TOOL_OPTIONS', '-javaagent:/no/such.jar');
    shell('', program('bin/java', `test -z "$JAVA_TOOL_OPTIONS" && echo 'openjdk version "17"'`));
    expect(await findJava()).toBe('java');
  });

  it('is that of Maven too', async () => {
    const onPath = jdk('17.0.1');
    shell('/no/such/jdk', onPath);
    writeFileSync(join(onPath, 'bin', 'mvn'), '#!/bin/sh\ntest -z "$JAVA_HOME"\n', { mode: 0o755 });
    expect(await hasMaven()).toBe(true);
  });
});
