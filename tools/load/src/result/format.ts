/** Numbers as people read them: 6,000 · 13.6 % · 27.4 s · 1,234 ms; an en dash where there is none. */
export const none = '–';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

export function decimal(value: number): string {
  return oneDigit.format(value);
}

export function percent(part: number, whole: number): string {
  if (whole === 0) return none;
  const share = (part / whole) * 100;
  // Never rounds "almost all" up to all, or "hardly any" down to none.
  if (part < whole && share > 99.9) return '> 99.9 %';
  if (part > 0 && share < 0.1) return '< 0.1 %';
  return `${oneDigit.format(share)} %`;
}

export function milliseconds(value: number | null): string {
  if (value === null) return none;
  if (value >= 10_000) return `${oneDigit.format(value / 1000)} s`;
  return value < 10 ? `${oneDigit.format(value)} ms` : `${whole.format(value)} ms`;
}

export function seconds(value: number | null): string {
  return value === null ? 'not drained' : `${oneDigit.format(value)} s`;
}

export function perSecondRate(value: number): string {
  return `${oneDigit.format(value)}/s`;
}
