/**
 * One-dimensional arrays in PostgreSQL's binary format, as parameters of statements that take whole batches: the number of
 * dimensions, whether there are nulls, the element type, length, lower bound, and each element behind its size. As text,
 * which `pg` makes of a JavaScript array, every element is quoted and escaped here, and parsed there.
 * (Source: `array_recv` in PostgreSQL's `arrayfuncs.c`.)
 */

/** Object ids of the element types (PostgreSQL's `pg_type.dat`). */
const oid = { int8: 20, int4: 23, text: 25, timestamptz: 1184, uuid: 2950 } as const;

const headerBytes = 20;
const sizeBytes = 4;
/** Stands for the size of a null. */
const nullSize = -1;
/** PostgreSQL counts microseconds from here. */
const year2000Ms = Date.UTC(2000, 0, 1);

/** `uuid[]`. Throws a `TypeError` for what is no UUID. */
export function uuidArray(values: readonly string[]): Buffer {
  return fixed(oid.uuid, 16, values, writeUuid);
}

/** `integer[]`. Throws a `RangeError` for what is none. */
export function integerArray(values: readonly number[]): Buffer {
  return fixed(oid.int4, 4, values, (buf, at, value) => {
    if (value !== value << 0) throw new RangeError(`not an integer: ${value}`);
    writeInt32(buf, at, value);
  });
}

/** `bigint[]`; of safe integers, or of their text. Throws a `RangeError` or `SyntaxError` for what is neither. */
export function bigintArray(values: readonly (number | string)[]): Buffer {
  return fixed(oid.int8, 8, values, (buf, at, value) => {
    if (typeof value === 'number') writeInt64(buf, at, value);
    else buf.writeBigInt64BE(BigInt(value), at);
  });
}

/** `timestamptz[]`. Throws a `RangeError` for an invalid date. */
export function timestampArray(values: readonly Date[]): Buffer {
  return fixed(oid.timestamptz, 8, values, (buf, at, value) => {
    const ms = value.getTime() - year2000Ms;
    if (Number.isSafeInteger(ms * 1_000)) writeInt64(buf, at, ms * 1_000);
    else buf.writeBigInt64BE(BigInt(ms) * 1_000n, at);
  });
}

/** `text[]`. */
export function textArray(values: readonly (string | null | undefined)[]): Buffer {
  let bytes = headerBytes;
  for (const value of values) bytes += sizeBytes + (value ? Buffer.byteLength(value) : 0);
  const buf = withHeader(bytes, oid.text, values.length);
  let at = headerBytes;
  for (const value of values) {
    if (value === null || value === undefined) {
      writeInt32(buf, at, nullSize);
      buf[7] = 1;
      at += sizeBytes;
    } else {
      const size = buf.write(value, at + sizeBytes);
      writeInt32(buf, at, size);
      at += sizeBytes + size;
    }
  }
  return buf;
}

function fixed<T>(
  elementType: number,
  size: number,
  values: readonly T[],
  write: (buf: Buffer, at: number, value: T) => void,
): Buffer {
  const buf = withHeader(headerBytes + values.length * (sizeBytes + size), elementType, values.length);
  let at = headerBytes;
  for (const value of values) {
    writeInt32(buf, at, size);
    write(buf, at + sizeBytes, value);
    at += sizeBytes + size;
  }
  return buf;
}

function withHeader(bytes: number, elementType: number, length: number): Buffer {
  const buf = Buffer.allocUnsafe(bytes);
  [1, 0, elementType, length, 1].forEach((field, i) => writeInt32(buf, 4 * i, field));
  return buf;
}

// Buffer's own methods check the value's range each time.

function writeInt32(buf: Buffer, at: number, value: number): void {
  buf[at] = value >> 24;
  buf[at + 1] = value >> 16;
  buf[at + 2] = value >> 8;
  buf[at + 3] = value;
}

function writeInt64(buf: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  writeInt32(buf, at, Math.floor(value / 2 ** 32));
  writeInt32(buf, at + 4, value >>> 0);
}

/** Where the 16 bytes are in the 36 characters. */
const byteAt = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

function writeUuid(buf: Buffer, at: number, value: string): void {
  let wrong = value.length === 36 && hasHyphens(value) ? 0 : -1;
  for (let i = 0; i < 16; i++) {
    const position = byteAt[i]!;
    const byte = (nibble(value.charCodeAt(position)) << 4) | nibble(value.charCodeAt(position + 1));
    wrong |= byte;
    buf[at + i] = byte;
  }
  if (wrong < 0) throw new TypeError(`not a UUID: ${value}`);
}

function hasHyphens(value: string): boolean {
  return value[8] === '-' && value[13] === '-' && value[18] === '-' && value[23] === '-';
}

/** -1 for what is no hexadecimal digit. */
function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
