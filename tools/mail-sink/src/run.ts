import { parseArgs } from 'node:util';

import type { Stop } from '@sluice/kit/shutdown';

import { defaultCapacity, parseCapacity } from './capacity.ts';
import { MailSink } from './sink.ts';

const usage = `mail sink: npm start -w @sluice/mail-sink --
  --smtp-port N --http-port N   default 0: a free one
  --host H                      default 127.0.0.1
  --slots N --latency-ms N      default ${defaultCapacity.slots} x ${defaultCapacity.latencyMs} ms
  --journal FILE                keeps mails and capacity across restarts; default: memory only`;

const { values } = parseArgs({
  options: {
    'smtp-port': { type: 'string', default: '0' },
    'http-port': { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    slots: { type: 'string', default: String(defaultCapacity.slots) },
    'latency-ms': { type: 'string', default: String(defaultCapacity.latencyMs) },
    journal: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Until it is stopped. */
export async function run(stopWith: (stop: Stop) => void): Promise<void> {
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const sink = new MailSink({
    host: values.host,
    smtpPort: Number(values['smtp-port']),
    httpPort: Number(values['http-port']),
    capacity: parseCapacity({ slots: Number(values.slots), latencyMs: Number(values['latency-ms']) }),
    ...(values.journal !== undefined && { journal: values.journal }),
  });
  await sink.start();
  stopWith(() => sink.stop());
  const { host } = values;
  process.stdout.write(`mail sink ready: smtp://${host}:${sink.smtpPort} http://${host}:${sink.httpPort}\n`);
}
