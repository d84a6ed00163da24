import type { LogEntry } from 'kafkajs';
import type { Log } from '@sluice/core';

/** kafkajs reports each of these as an error or on `info`, yet they belong to normal life of a group or a connection. */
const routine = [
  /coordinator is not available|not the correct coordinator|coordinator is loading/i,
  /group is rebalancing|rejoin is needed|re-joining/i,
  /not aware of this member/i,
  /^(Pausing|Resuming) fetching/,
  /does not host this topic-partition/,
  // A producer whose request finally failed is discarded, so the guarantee holds.
  /^Limiting retries for the idempotent producer/,
  /^(Starting|Stopped)$/,
];

/** A cluster that is unavailable makes kafkajs repeat itself many times a second. */
const repeatAfterMs = 10_000;

/** Level of an entry: kafkajs retries most of what it calls an error, so only its crashes stay errors. */
function levelOf({ label, log }: LogEntry): keyof Log {
  const text = `${log.message} ${typeof log.error === 'string' ? log.error : ''}`;
  if (routine.some((pattern) => pattern.test(text))) return 'debug';
  if (label === 'ERROR') return log.message.startsWith('Crash:') ? 'error' : 'warn';
  return label === 'WARN' ? 'warn' : label === 'INFO' ? 'info' : 'debug';
}

export type LogCreator = () => (entry: LogEntry) => void;

/** kafkajs's `logCreator`, to be shared by the clients of a driver: hands entries on, one of each text per ten seconds. */
export function kafkajsLog(log: Log): LogCreator {
  const last = new Map<string, { at: number; suppressed: number }>();
  return () => (entry) => {
    const { message, timestamp: _timestamp, logger: _logger, ...bindings } = entry.log;
    const key = `${entry.namespace}|${message}`;
    const seen = last.get(key);
    if (seen && Date.now() - seen.at < repeatAfterMs) {
      seen.suppressed += 1;
      return;
    }
    if (last.size > 1_000) last.clear();
    last.set(key, { at: Date.now(), suppressed: 0 });
    const repeated = seen && seen.suppressed > 0 ? { suppressed: seen.suppressed } : {};
    log[levelOf(entry)]({ ...bindings, ...repeated, namespace: entry.namespace }, `kafkajs: ${message}`);
  };
}
