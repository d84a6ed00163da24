import { join } from 'node:path';
import { ProcessPart } from './process-part.ts';
import { LOOPBACK, urlOf } from './services.ts';
import { stackFolder } from './stack-folder.ts';
import { acceptsConnections, answersOk, until } from './wait.ts';

// Programs of the stack itself, each a process of its own, so that it can be killed and frozen like everything else.

const READY_TIMEOUT_MS = 20_000;

export interface MailSinkOptions {
  smtpPort: number;
  httpPort: number;
  /** File from which the sink knows its mails again after it was killed. */
  journal: string;
  /** Folder of its log; default `.sluice/logs`. */
  logs?: string;
}

/** The mail sink, which stands for the mail provider with its limited capacity. */
export function mailPart({ smtpPort, httpPort, journal, logs }: MailSinkOptions): ProcessPart {
  const ports = ['--smtp-port', String(smtpPort), '--http-port', String(httpPort)];
  const args = [...ports, '--host', LOOPBACK, '--journal', journal];
  const isReady = async (): Promise<boolean> =>
    (await answersOk(`${urlOf(httpPort)}/stats`)) && (await acceptsConnections(LOOPBACK, smtpPort));
  return helperPart('mail', ['mail', 'main.ts'], args, { isReady, logs });
}

export interface ProxyAddresses {
  /** Of the proxy itself. */
  port: number;
  /** Where it passes everything on, `host:port`. */
  target: string;
  controlPort: number;
}

/** A TCP proxy that can be told to be slow, to cut, and to freeze. */
export function proxyPart(name: string, { port, target, controlPort }: ProxyAddresses): ProcessPart {
  const args = ['--listen', `${LOOPBACK}:${port}`, '--target', target, '--control-port', String(controlPort)];
  return helperPart(`proxy-${name}`, ['proxy', 'main.ts'], args, {
    isReady: () => answersOk(`${urlOf(controlPort)}/faults`),
  });
}

interface HelperOptions {
  isReady: () => Promise<boolean>;
  logs?: string | undefined;
}

function helperPart(name: string, program: string[], args: string[], options: HelperOptions): ProcessPart {
  const { isReady, logs = stackFolder.logs } = options;
  return new ProcessPart({
    name,
    command: process.execPath,
    args: ['--conditions=@sluice/source', join(import.meta.dirname, ...program), ...args],
    logFile: join(logs, `${name}.log`),
    ready: (_pid, signal) => until(isReady, signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}
