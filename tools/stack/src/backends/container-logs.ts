import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Container } from 'dockerode';

// dockerode gives it no type.
interface Demultiplexer {
  demuxStream(source: NodeJS.ReadableStream, out: NodeJS.WritableStream, error: NodeJS.WritableStream): void;
}

/** Appends to `file` what the container writes from now on until it ends. `since` is in seconds since the epoch. */
export async function followLogs(container: Container, since: number, file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const log = createWriteStream(file, { flags: 'a' });
  const source = await container.logs({ follow: true, stdout: true, stderr: true, since });
  (container.modem as Demultiplexer).demuxStream(source, log, log);
  source.once('end', () => log.end());
  source.once('error', () => log.end()); // The engine has gone; the part finds out by itself.
}
