import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const bytesPerId = 16;
/** Asking the system for random bytes costs more than all the rest of an id, so 256 ids share one question. */
const pool = new Uint8Array(256 * bytesPerId);
let used = pool.length;

/** A UUIDv7: ids sort by their millisecond, which keeps inserts at the right edge of an index. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += bytesPerId));
  return uuidv7({ random });
}
