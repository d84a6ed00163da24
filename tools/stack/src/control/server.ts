import { chmodSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { messageOf } from '@sluice/core';
import { HttpProblem, jsonHandler } from '@sluice/kit/json-server';
import { guard } from '../guard/guard.ts';
import type { PartSignal } from '../part.ts';
import { STOP_GRACE_MS } from '../services.ts';
import { type Supervisor, UnknownPart } from '../supervisor.ts';

/** What a running stack can be asked, over a socket that only its owner can open. */
export interface ControlTarget {
  supervisor: Supervisor;
  /** Ends the whole stack. */
  shutDown: () => void;
  report: (line: string) => void;
}

/** `GET /parts`, `POST /parts/NAME/start|stop|restart|signal?signal=KILL`, `POST /stop`. */
export async function startControlServer(socket: string, target: ControlTarget): Promise<() => void> {
  rmSync(socket, { force: true }); // Left over from a stack whose guard was killed too.
  const server = createServer(
    jsonHandler((request, url) => act(target, `${request.method} ${url.pathname}`, url.searchParams).catch(asProblem)),
  );
  // The mask is set while the socket is made: a moment later would be too late for the other users of the machine.
  const mask = process.umask(0o177);
  server.listen(socket);
  process.umask(mask);
  await once(server, 'listening');
  chmodSync(socket, 0o600);
  const unguard = guard({ kind: 'path', path: socket });
  return () => {
    server.close();
    server.closeAllConnections();
    rmSync(socket, { force: true });
    unguard();
  };
}

async function act(target: ControlTarget, call: string, query: URLSearchParams): Promise<unknown> {
  const { supervisor, report } = target;
  const [, name = '', verb] = /^POST \/parts\/([^/]+)\/(\w+)$/.exec(call) ?? [];
  if (call === 'GET /parts') return supervisor.status();
  if (call === 'POST /stop') {
    target.shutDown();
    return {};
  }
  if (verb === 'signal') {
    const signal = partSignal(query.get('signal') ?? '');
    await supervisor.part(name).signal(signal);
    report(`${name} was sent ${signal} on request`);
  } else if (verb === 'start' || verb === 'stop' || verb === 'restart') {
    report(`${name}: ${verb} requested`);
    await supervisor.part(name)[verb](STOP_GRACE_MS);
    report(`${name}: ${verb} done`);
  } else {
    throw new HttpProblem(404, `The stack can't do "${call}".`);
  }
  return supervisor.part(name).status();
}

function partSignal(name: string): PartSignal {
  const signal = `SIG${name}`;
  if (signal !== 'SIGSTOP' && signal !== 'SIGCONT' && signal !== 'SIGKILL') {
    throw new HttpProblem(400, `"${name}" is none of STOP, CONT, KILL.`);
  }
  return signal;
}

function asProblem(error: unknown): never {
  if (error instanceof HttpProblem) throw error;
  throw new HttpProblem(error instanceof UnknownPart ? 404 : 409, messageOf(error));
}
