/** More and longer ones than any system has; a topic of strangers must not fill the memory. */
const most = 1_000;
const longest = 64;

/** Texts that come again with every record, recognised by their bytes: making them anew costs more. */
export class NameCache {
  readonly #known = new Map<number, { bytes: Buffer; text: string }>();

  /** UTF-8. */
  of(buf: Buffer, start: number, length: number): string {
    if (length > longest) return buf.toString('utf8', start, start + length);
    let hash = length;
    for (let i = start; i < start + length; i++) hash = (Math.imul(hash, 31) + buf[i]!) | 0;
    const found = this.#known.get(hash);
    if (found && isSame(found.bytes, buf, start, length)) return found.text;
    const bytes = Buffer.from(buf.subarray(start, start + length));
    const text = bytes.toString('utf8');
    if (this.#known.size < most) this.#known.set(hash, { bytes, text });
    return text;
  }
}

function isSame(bytes: Buffer, buf: Buffer, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== buf[start + i]) return false;
  return true;
}
