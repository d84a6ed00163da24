import { isUtf8 } from 'node:buffer';
import { InputError } from '@sluice/kit/input-error';

/** Longest text that fits one string of Node, with room to spare. */
export const maxFileBytes = 512 * 1024 * 1024 - 1024;

const utf8 = 'utf-8';
const byteOrderMarks: [string, number[]][] = [
  [utf8, [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * The text of a file, each of its lines ended by a line feed, whatever it has: CRLF, LF and CR may be mixed. UTF-8 and
 * UTF-16 are detected. Any other encoding has to be named, by a label of the Encoding Standard.
 */
export function textOf(bytes: Buffer, encoding = detected(bytes)): string {
  if (encoding === utf8 && !isUtf8(bytes)) throw notUtf8(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes).replaceAll(/\r\n?/g, '\n');
  } catch (cause) {
    throw new InputError(`the file is not valid ${encoding}: name its encoding with --encoding`, { cause });
  }
}

function detected(bytes: Buffer): string {
  const marked = byteOrderMarks.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  if (marked) return marked[0];
  // The first two characters of UTF-16 are those of a column's name: one byte of each is 0.
  if (bytes[1] === 0 && bytes[3] === 0) return 'utf-16le';
  return bytes[0] === 0 && bytes[2] === 0 ? 'utf-16be' : utf8;
}

function notUtf8(bytes: Buffer): InputError {
  const lines = bytes.toString('latin1').split(/\r\n?|\n/);
  const wrong = lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
  const line = new TextDecoder('windows-1252').decode(Buffer.from(lines[wrong] ?? '', 'latin1'));
  const at = line.search(/[^\p{ASCII}]/u);
  const excerpt = JSON.stringify(line.slice(Math.max(0, at - 20), at + 20));
  const cure = `if ${excerpt} is right, it is Windows-1252, as Excel writes it: add --encoding windows-1252`;
  return new InputError(`line ${wrong + 1} is not valid UTF-8: ${cure}`);
}
