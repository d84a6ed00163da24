import { isUtf8 } from 'node:buffer';
import { InputError } from '@sluice/kit/input-error';

const newline = 0x0a;
const maxLineBytes = 1024 * 1024;

/** Passes whole lines on and fails at the first that isn't UTF-8, with its number. */
export async function* utf8Lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let linesBefore = 0;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (rest.length > maxLineBytes)
      throw new InputError(`a line is longer than ${maxLineBytes} bytes: not a CSV file?`);
    if (end === 0) continue;
    const lines = bytes.subarray(0, end);
    check(lines, linesBefore);
    linesBefore += countNewlines(lines);
    yield lines;
  }
  check(rest, linesBefore);
  if (rest.length > 0) yield rest;
}

function check(lines: Buffer, linesBefore: number): void {
  if (isUtf8(lines)) return;
  let line = linesBefore + 1;
  for (let from = 0; from < lines.length; line++) {
    const newlineAt = lines.indexOf(newline, from);
    const end = newlineAt === -1 ? lines.length : newlineAt + 1;
    if (!isUtf8(lines.subarray(from, end))) throw new InputError(`line ${line} is not valid UTF-8`);
    from = end;
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}
