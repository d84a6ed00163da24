import { InvalidArgumentError } from 'commander';

interface Range {
  /** Default: anything above 0. */
  min?: number;
  /** Always given: a number without one becomes a timer that ends at once, or a date that does not exist. */
  max: number;
  /** Excludes `max` itself. */
  below?: boolean;
}

/** A parser for commander that takes decimal numbers of a range and names the range otherwise. */
export function decimalOption({ min, max, below = false }: Range) {
  return (text: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const tooSmall = min === undefined ? value <= 0 : value < min;
    if (Number.isNaN(value) || tooSmall || value > max || (below && value === max)) {
      throw new InvalidArgumentError(`Expected a number ${rangeText({ min, max, below })}.`);
    }
    return value;
  };
}

/** `min` is 1 unless it is given. */
export function wholeOption(range: Range) {
  const parse = decimalOption({ min: 1, ...range });
  return (text: string): number => {
    if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
    return parse(text);
  };
}

function rangeText({ min, max, below }: { min: number | undefined; max: number; below: boolean }): string {
  const from = min === undefined ? 'above 0' : `from ${min}`;
  return `${from} ${below ? 'to below' : 'to'} ${max}`;
}
