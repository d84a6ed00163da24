// Prints the path of a Node that can run this project, and finds one through npm when the Node that runs this file is
// older. Runs on Node 20: no TypeScript, nothing installed. The caller replaces itself by that Node (`exec`), so that
// no process stands between npm and the stack, and a signal to npm reaches the stack.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const MAJOR = 24;
const FIND_TIMEOUT_MS = 300_000;
const { name: scope } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
const remembered = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), scope, `node-${MAJOR}.path`);

if (Number(process.versions.node.split('.')[0]) >= MAJOR) {
  console.log(process.execPath);
} else {
  try {
    console.log(recall() ?? find());
  } catch (error) {
    console.error(`This runs on Node ${MAJOR} or newer; yours is ${process.version}, and npm could not provide one.`);
    console.error(`Install Node ${MAJOR} from https://nodejs.org, or connect to the npm registry once and try again.`);
    console.error(
      String(error instanceof Error ? error.message : error)
        .split('\n')
        .slice(0, 5)
        .join('\n'),
    );
    process.exitCode = 1;
  }
}

function recall() {
  try {
    const path = readFileSync(remembered, 'utf8').trim();
    return isNewEnough(path) ? path : undefined;
  } catch {
    return undefined; // Never found one, or it was removed.
  }
}

// Without --prefer-offline npm hangs for minutes when there is no network, though it has the package.
function find() {
  console.error(`This is Node ${process.version}; getting Node ${MAJOR} from npm (once) …`);
  const args = ['exec', '--yes', '--prefer-offline', `--package=node@${MAJOR}`, '--', 'node', '-p', 'process.execPath'];
  const path = execFileSync('npm', args, {
    encoding: 'utf8',
    env: environmentForNpm(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: FIND_TIMEOUT_MS,
  }).trim();
  if (!isNewEnough(path)) {
    throw new Error(`npm gave ${path || 'nothing'}, which is not Node ${MAJOR}.`);
  }
  remember(path);
  return path;
}

function isNewEnough(path) {
  const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8', timeout: 10_000 });
  return Number(version.split('.')[0]) >= MAJOR;
}

function remember(path) {
  try {
    mkdirSync(dirname(remembered), { recursive: true });
    writeFileSync(`${remembered}.${process.pid}`, `${path}\n`);
    renameSync(`${remembered}.${process.pid}`, remembered);
  } catch {
    // A home that can't be written to costs some seconds at each start.
  }
}

// `npm start --json` and the like leave npm_config_json in the environment, which the npm below would obey; and the
// project's node_modules/.bin on PATH. Where packages come from must stay.
function environmentForNpm() {
  const kept = /^npm_config_(registry|cache|userconfig|globalconfig|(https_?)?proxy|noproxy|ca|cafile|strict_ssl)$/i;
  const entries = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name));
  return Object.fromEntries(entries);
}
