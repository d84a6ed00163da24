import { join } from 'node:path';
import { answersOk, listens, until } from '@sluice/kit/wait';
import { workspaceRoot } from '@sluice/kit/workspace';
import type { Part } from './part.ts';
import { processPart } from './process-part.ts';
import { LOOPBACK, urlOf } from './services.ts';
import { stackFolder } from './stack-folder.ts';

// Each is a process of its own, so that it can be killed and frozen like everything else.

const READY_TIMEOUT_MS = 20_000;

export interface MailSinkOptions {
  smtpPort: number;
  httpPort: number;
  /** File that keeps the mails when the sink is killed. */
  journal: string;
  /** Folder of its log; default `.sluice/logs`. */
  logs?: string;
}

/** The mail sink: stands for a mail provider with limited capacity. */
export function mailPart({ smtpPort, httpPort, journal, logs }: MailSinkOptions): Part {
  const ports = ['--smtp-port', String(smtpPort), '--http-port', String(httpPort)];
  const args = [...ports, '--host', LOOPBACK, '--journal', journal];
  const isReady = async (): Promise<boolean> =>
    (await answersOk(`${urlOf(httpPort)}/stats`)) && (await listens(LOOPBACK, smtpPort));
  return helperPart('mail', 'mail-sink', args, isReady, logs);
}

export interface ProxyAddresses {
  /** Of the proxy itself. */
  port: number;
  /** Where it forwards everything to, `host:port`. */
  target: string;
  controlPort: number;
}

/** A TCP proxy that is slow, cuts or freezes on request. */
export function proxyPart(name: string, { port, target, controlPort }: ProxyAddresses): Part {
  const args = ['--listen', `${LOOPBACK}:${port}`, '--target', target, '--control-port', String(controlPort)];
  return helperPart(`proxy-${name}`, 'fault-proxy', args, () => answersOk(`${urlOf(controlPort)}/faults`));
}

function helperPart(
  name: string,
  tool: string,
  args: string[],
  isReady: () => Promise<boolean>,
  logs = stackFolder.logs,
): Part {
  return processPart({
    name,
    command: process.execPath,
    args: [join(workspaceRoot, 'tools', tool, 'src', 'main.ts'), ...args],
    logFile: join(logs, `${name}.log`),
    ready: (signal) => until(isReady, signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}
