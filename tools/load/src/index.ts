// For tests and experiments that act on the stack while it is under load.
export { burstSchedule, type BurstOptions } from './plan/burst.ts';
export { newRunId, planFlow, type Flow } from './plan/flow-plan.ts';
export type { Schedule } from './plan/order.ts';
export { OpenLoop } from './run/open-loop.ts';
export { warmUp } from './run/warm-up.ts';
export { runFlow, type FlowRun, type FlowRunOptions, type Progress } from './run/flow-run.ts';
export { violationsOf } from './ledger/audit.ts';
export type { Ledger } from './ledger/snapshot.ts';
export type { FlowResult, ReplayResult, Result } from './result/result.ts';
