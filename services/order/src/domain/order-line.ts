import type { OrderLine } from '@sluice/contracts';
import { InvalidOrder } from './errors.ts';

export type { OrderLine };

export const maxLines = 1000;

/** Cents of all lines together. A sum that a JSON number can't carry exactly is refused, never rounded. */
export function totalCentsOf(lines: readonly OrderLine[]): number {
  let total = 0;
  for (const line of lines) {
    total += line.quantity * line.unitPriceCents;
    if (!Number.isSafeInteger(total)) throw new InvalidOrder('lines: the total is too large.');
  }
  return total;
}
