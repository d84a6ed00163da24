import { count } from './format.ts';
import type { Result } from './result.ts';

/** What became of a replayed file's rows, and whether the flows ended alike; nothing for a burst. */
export function replaySummary({ replay }: Result): string[] {
  if (!replay) return [];
  const skipped = Object.entries(replay.skipped).filter(([, rows]) => rows > 0);
  const reasons = skipped.map(([reason, rows]) => `${count(rows)} ${reason}`).join(', ');
  const rows = `${count(replay.replayedRows)} of ${count(replay.rows)} rows`;
  return [`${rows} were replayed as ${count(replay.orders)} orders; left out: ${reasons || 'none'}.`, likeness(replay)];
}

function likeness({ flows, confirmedHash, finalStockHash }: NonNullable<Result['replay']>): string {
  if (Object.keys(flows).length < 2) return `Confirmed orders ${confirmedHash}, final stock ${finalStockHash}.`;
  if (confirmedHash === null || finalStockHash === null) return 'The flows ended in different states.';
  return `${Object.keys(flows).length === 2 ? 'Both' : 'All'} flows ended in the same state: confirmed orders ${confirmedHash}, final stock ${finalStockHash}.`;
}
