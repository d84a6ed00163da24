/** Distance between two samples of the lag. */
export const sampleSeconds = 0.2;

/** How many of the ascending `times` are at or before `at`. */
function countUntil(times: number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Accepted minus completed at 0, 0.2, 0.4 … up to and including the first sample at or after `untilSeconds`. */
export function sampleLag(acceptedAt: number[], completedAt: number[], untilSeconds: number): number[] {
  const samples = Math.ceil(untilSeconds / sampleSeconds - 1e-9) + 1;
  return Array.from({ length: samples }, (_, index) => {
    const at = index * sampleSeconds;
    return countUntil(acceptedAt, at) - countUntil(completedAt, at);
  });
}

/** Trapezoid integral of samples taken each `sampleSeconds`. */
export function area(samples: number[]): number {
  let sum = 0;
  for (let index = 1; index < samples.length; index++) {
    sum += ((samples[index - 1]! + samples[index]!) / 2) * sampleSeconds;
  }
  return sum;
}

/** Events in each half-open second [0, 1), [1, 2) … up to `untilSeconds`. */
export function perSecond(times: number[], untilSeconds: number): number[] {
  const counts = new Array<number>(Math.max(1, Math.floor(untilSeconds) + 1)).fill(0);
  for (const time of times) {
    const second = Math.floor(time);
    if (second >= 0 && second < counts.length) counts[second]! += 1;
  }
  return counts;
}

export function ascending(values: number[]): number[] {
  return values.toSorted((a, b) => a - b);
}
