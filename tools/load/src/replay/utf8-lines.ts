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
    linesBefore += checkedLines(lines, linesBefore);
    yield lines;
  }
  checkedLines(rest, linesBefore);
  if (rest.length > 0) yield rest;
}

/** How many lines end here; throws at the first that isn't UTF-8. */
function checkedLines(bytes: Buffer, linesBefore: number): number {
  const lines = bytes.toString('latin1').split('\n');
  const wrong = isUtf8(bytes) ? -1 : lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
  if (wrong !== -1) throw new InputError(`line ${linesBefore + wrong + 1} is not valid UTF-8`);
  return lines.length - 1;
}
