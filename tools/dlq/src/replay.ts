import { replayReport, type ReplayedLetter } from './routes.ts';
import type { ServiceClient } from './service-client.ts';

/** Body of POST /admin/dead-letters/replay. */
export interface ReplayOptions {
  ids?: string[];
  key?: string;
  fingerprint?: string;
  all?: true;
  dryRun: boolean;
  ratePerSecond?: number;
  requestedBy: string;
  reason?: string;
}

export interface ServiceReplay {
  letters: ReplayedLetter[];
  /** Could not be treated now: another replay is at them. */
  left: number;
  unknownIds: string[];
}

/** Asks until nothing is left. What fails again meanwhile is a new letter, and not of this replay. */
export async function replayAll(service: Pick<ServiceClient, 'post'>, options: ReplayOptions): Promise<ServiceReplay> {
  const letters = new Map<string, ReplayedLetter>();
  let until: string | undefined;
  for (;;) {
    const report = await service.post('/replay', { ...options, ...(until && { until }) }, replayReport);
    // A later call finds what an earlier one did: the earlier one knows better.
    for (const letter of report.letters)
      if (letters.get(letter.id)?.outcome !== 'replayed') letters.set(letter.id, letter);
    const hasMoved = report.letters.some(({ outcome }) => outcome === 'replayed');
    const { left, unknownIds } = report;
    if (left === 0 || !hasMoved) return { letters: [...letters.values()], left, unknownIds };
    until ??= report.asOf;
  }
}
