import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const BYTES = 4_096;

/** The last lines of a log, or an empty text when there are none. Reads no more than the last 4 KiB. */
export function lastLines(file: string, count: number): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(BYTES, size));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return ''; // Nothing was logged yet.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
