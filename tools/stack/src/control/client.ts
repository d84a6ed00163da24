import { request } from 'node:http';
import { stackFolder } from '../stack-folder.ts';
import type { PartStatus } from '../supervised-part.ts';

export type { PartStatus };

const TIMEOUT_MS = 120_000; // A broker that is started again may take a while.

/** Asks the running stack; rejects with the stack's own message, or with one that says that none runs. */
export function askStack<T>(socket: string, method: 'GET' | 'POST', path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, method, path, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const body = JSON.parse(text) as T & { detail?: string };
        if (response.statusCode === 200) {
          resolve(body);
        } else {
          reject(new Error(body.detail ?? `The stack answered ${response.statusCode}.`));
        }
      });
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`The stack did not answer within ${TIMEOUT_MS / 1000} s.`)));
    call.on('error', (error: NodeJS.ErrnoException) => reject(isNobodyThere(error) ? new NoStack() : error));
    call.end();
  });
}

/** What other tools ask the running stack of this checkout for, by the names that `npm run stack -- status` shows. */
export const stackControl = {
  parts: () => askStack<PartStatus[]>(stackFolder.control, 'GET', '/parts'),
  start: (name: string) => act(name, 'start'),
  /** Resolves when the part has ended. It stays stopped. */
  stop: (name: string) => act(name, 'stop'),
  restart: (name: string) => act(name, 'restart'),
  /** `KILL`: the stack starts it again. */
  signal: (name: string, signal: 'KILL' | 'STOP' | 'CONT') => act(name, `signal?signal=${signal}`),
};

function act(name: string, verb: string): Promise<PartStatus> {
  return askStack(stackFolder.control, 'POST', `/parts/${encodeURIComponent(name)}/${verb}`);
}

export class NoStack extends Error {
  constructor() {
    super('No stack of this checkout runs. Start one with `npm start`.');
  }
}

function isNobodyThere(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
}
