import { request } from 'node:http';

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

export class NoStack extends Error {
  constructor() {
    super('No stack of this checkout runs. Start one with `npm start`.');
  }
}

function isNobodyThere(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
}
