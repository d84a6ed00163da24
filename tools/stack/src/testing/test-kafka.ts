import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sluice/kit/ports';
import { allOrFirstFailure } from '../backends/all-or-first-failure.ts';
import { guard } from '../guard/guard.ts';
import { embeddedKafka } from '../kafka/embedded-kafka.ts';
import { lastLines } from '../log-tail.ts';
import type { Part } from '../part.ts';

const GRACE_MS = 5_000;

/** A Kafka cluster of a test's own, of which the brokers may be frozen, killed and started again. */
export interface TestKafka extends AsyncDisposable {
  /** `host:port` of every broker, comma-separated. */
  bootstrap: string;
  /** `kafka-1`, `kafka-2` …: `signal('SIGSTOP')`, `signal('SIGKILL')`, `start()`. */
  brokers: Part[];
  /** What the broker of this name wrote last, for people who want to know why it does not do what it should. */
  lastWords(name: string): string;
}

const WORDS = 30;

/** Resolves when the cluster is ready. Needs JDK and jars as the embedded backend does. */
export async function startTestKafka({ brokers: count = 1 } = {}): Promise<TestKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-kafka-'));
  const release = guard({ kind: 'path', path: folder });
  let parts: Part[] = [];
  const logs = join(folder, 'logs');
  const end = async (): Promise<void> => {
    await allOrFirstFailure(...parts.map((part) => part.stop(GRACE_MS)));
    await rm(folder, { recursive: true, force: true });
    release();
  };
  try {
    const ports = [];
    for (let i = 0; i < count; i++) ports.push({ broker: await freePort(), controller: await freePort() });
    const { signal } = new AbortController();
    const kafka = await embeddedKafka({ folder, logs, brokers: ports, signal }, () => undefined);
    ({ parts } = kafka);
    await allOrFirstFailure(...parts.map((part) => part.start()));
    return {
      bootstrap: kafka.addresses.bootstrap,
      brokers: parts,
      lastWords: (name) => lastLines(join(logs, `${name}.log`), WORDS),
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
