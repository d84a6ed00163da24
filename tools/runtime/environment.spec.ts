import { expect, it } from 'vitest';
import { buildEnvironment, ignoreForeignVariables, partEnvironment } from './environment.ts';

const proxies = { http_proxy: 'p', HTTPS_PROXY: 'p', ALL_PROXY: 'p', no_proxy: 'x', NODE_USE_ENV_PROXY: '1' };
const jvms = { JAVA_TOOL_OPTIONS: '-Xmx1m', _JAVA_OPTIONS: '-Xmx1m', JDK_JAVA_OPTIONS: '-Xmx1m' };
const foreign = { PGSSLMODE: 'require', PGHOST: 'db', PGOPTIONS: '-c x=y', PGPASSWORD: 'p', NODE_ENV: 'production' };
const ours = { PATH: '/bin', HOME: '/root', PGX9: 'kept', LOG_LEVEL: 'debug', KAFKA_DRIVER: 'platformatic' };
const npm = { npm_config_registry: 'r', npm_config_https_proxy: 'p' };
const shell = {
  ...ours,
  ...proxies,
  ...jvms,
  ...foreign,
  ...npm,
  npm_config_omit: 'dev',
  npm_lifecycle_event: 'start',
};

it('gives a part nothing that was set for other programs', () => {
  expect(partEnvironment(shell)).toEqual({ ...ours, ...npm });
});

it('gives a program that fetches what it needs for the network', () => {
  expect(buildEnvironment(shell)).toEqual({ ...ours, ...npm, ...proxies, ...jvms });
});

it('removes what is foreign, and lets requests to this machine take no proxy', () => {
  const env: NodeJS.ProcessEnv = { ...ours, ...foreign, no_proxy: 'example.org,localhost' };
  ignoreForeignVariables(env);
  const direct = 'example.org,localhost,127.0.0.1,::1';
  expect(env).toEqual({ ...ours, no_proxy: direct, NO_PROXY: direct });
  ignoreForeignVariables(env);
  expect(env['NO_PROXY']).toBe(direct);
});
