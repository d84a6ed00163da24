// What a developer's shell has set for other databases, JVMs and networks is not meant for this project. Needs no package:
// `npm start` runs it before anything is installed.

/** For other databases and other builds: no program of ours may see these. */
const foreign = /^(PG[A-Z_]*|NODE_ENV)$/;

/** For programs that fetch from the network, but not for the parts of a stack, which talk to each other on this machine. */
const forFetching =
  /^((https?|all|no)_proxy|NODE_USE_ENV_PROXY|NODE_OPTIONS|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS)$/i;

/** About the script that npm runs just now; any npm below would obey it. */
const ofNpm = /^(npm_|INIT_CWD$)/i;

// Where packages come from must stay. The same list is in node24.mjs, which can't import this.
const ofRegistry =
  /^npm_config_(registry|cache|userconfig|globalconfig|(https_?)?proxy|noproxy|ca|cafile|strict_ssl)$/i;

const loopback = ['127.0.0.1', 'localhost', '::1'];

/**
 * Removes foreign variables from this process, and so from everything that it starts. Each tool calls it before it connects
 * to anything. Requests to this machine take no proxy from now on.
 */
export function ignoreForeignVariables(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) if (foreign.test(name)) delete env[name];
  // Node reads the one in small letters first.
  const direct = [env['no_proxy'] ?? env['NO_PROXY'] ?? '', ...loopback].filter(Boolean);
  env['no_proxy'] = env['NO_PROXY'] = [...new Set(direct.join(',').split(','))].join(',');
}

/** `npm ci` for all packages, also where NODE_ENV or a setting of npm leaves some out. */
export const installArguments = [
  ...['ci', '--include=dev', '--include=optional'],
  ...['--prefer-offline', '--no-audit', '--no-fund'],
];

/** For a program that may fetch from the network: npm, Nx, Maven. */
export function buildEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return without(env, (name) => foreign.test(name) || (ofNpm.test(name) && !ofRegistry.test(name)));
}

/** For a part of a stack. */
export function partEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return without(buildEnvironment(env), (name) => forFetching.test(name));
}

function without(env: NodeJS.ProcessEnv, isLeftOut: (name: string) => boolean): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isLeftOut(name)));
}
