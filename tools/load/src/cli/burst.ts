import { burstSchedule, type BurstOptions as Burst } from '../plan/burst.ts';
import { capacityOf, runSession, type SessionOptions } from './session.ts';

export type BurstOptions = SessionOptions & Omit<Burst, 'capacity'>;

/** Returns the exit code. */
export function burst(options: BurstOptions): Promise<number> {
  const { factor, seconds, base, customers, seed } = options;
  const shape = { factor, seconds, base, customers };
  const schedule = burstSchedule({ ...shape, seed, capacity: capacityOf(options) });
  return runSession(schedule, options, { command: 'burst', ...shape });
}
