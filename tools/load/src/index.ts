// For the bench and for tests that put the stack under load.
export { burstSchedule } from './plan/burst.ts';
export { newRunId, planFlow, type Flow } from './plan/flow-plan.ts';
export type { FlowResult, Result } from './result/result.ts';
export { OpenLoop } from './run/open-loop.ts';
