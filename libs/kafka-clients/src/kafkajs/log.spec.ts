import { logLevel, type LogEntry } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { Log } from '@sluice/core';
import { kafkajsLog } from './log.ts';

function lines(...entries: [label: string, message: string, error?: string][]): string[] {
  const written: string[] = [];
  const at = (level: string) => (_: object, message: string) => void written.push(`${level} ${message}`);
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const write = kafkajsLog(log)();
  for (const [label, message, error] of entries) {
    const entry: LogEntry = {
      namespace: 'Connection',
      level: logLevel.ERROR,
      label,
      log: { message, error, timestamp: '', logger: 'kafkajs' },
    };
    write(entry);
  }
  return written;
}

describe('kafkajsLog', () => {
  it('keeps what belongs to the start of a broker and to rebalances out of sight', () => {
    expect(
      lines(
        ['ERROR', 'Response GroupCoordinator(key: 10, version: 2)', 'The group coordinator is not available'],
        ['ERROR', 'Response Heartbeat(key: 12, version: 3)', 'The group is rebalancing, so a rejoin is needed'],
        ['INFO', 'Pausing fetching from 1 topics'],
      ).map((line) => line.split(' ')[0]),
    ).toEqual(['debug', 'debug', 'debug']);
  });

  it('calls an error only what kafkajs does not try again', () => {
    expect(lines(['ERROR', 'Connection timeout'], ['ERROR', 'Crash: KafkaJSError: x'], ['INFO', 'joined'])).toEqual([
      'warn kafkajs: Connection timeout',
      'error kafkajs: Crash: KafkaJSError: x',
      'info kafkajs: joined',
    ]);
  });

  it('says the same thing once', () => {
    expect(lines(['ERROR', 'Connection timeout'], ['ERROR', 'Connection timeout'])).toHaveLength(1);
  });
});
