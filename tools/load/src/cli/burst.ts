import { burstSchedule } from '../plan/burst.ts';
import { withStack } from './own-stack.ts';
import { conclude, describeResult, runFlows, type SessionOptions } from './session.ts';

export interface BurstCommand extends SessionOptions {
  factor: number;
  seconds: number;
  base: number;
  customers: number;
}

/** Returns the exit code. */
export async function burst(command: BurstCommand): Promise<number> {
  const { factor, seconds, base, customers, seed } = command;
  const capacity = (command.capacity.slots * 1000) / command.capacity.latencyMs;
  const schedule = burstSchedule({ factor, seconds, base, customers, seed, capacity });
  return withStack(async (stack) => {
    const startedAt = new Date();
    const runs = await runFlows(stack, schedule, command);
    const parameters = { command: 'burst', factor, seconds, base, customers };
    const result = await describeResult(stack, startedAt, runs, parameters, command);
    return conclude(result, runs, command);
  });
}
