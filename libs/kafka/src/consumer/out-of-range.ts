import type { Log } from '@sluice/core';
import type { OffsetOutOfRange } from '../drivers/port.ts';
import type { ConsumerObserver } from './observer.ts';

/** Records are lost, or come again: the broker calls both an offset out of range, and a person should know which it is. */
export function reportOutOfRange(
  { topic, partition, offset, start, end }: OffsetOutOfRange,
  group: string,
  { observer, log }: { observer: ConsumerObserver; log: Log },
): void {
  const about = { group, topic, partition, committed: String(offset), start: String(start), end: String(end) };
  if (offset > end) {
    log.error(about, 'the committed offset is beyond the end of the partition, the group reads it from the start');
    return;
  }
  const gap = start - offset;
  observer.expired(topic, Number(gap));
  log.error({ ...about, gap: String(gap) }, 'records of the partition expired before the group had read them');
}
