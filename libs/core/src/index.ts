export { AdaptiveLimit, type AdaptiveLimitOptions, type Trial } from './adaptive-limit.ts';
export { AdaptiveLinger } from './adaptive-linger.ts';
export { BackgroundLimiter, type BackgroundLimit } from './background-limiter.ts';
export { checked, whole } from './checked-options.ts';
export { amountIn, currencyCodes } from './currency.ts';
export {
  causes,
  codeOf,
  isIdleInTransaction,
  isLockConflict,
  isMissingInDatabase,
  isStaleSession,
  isUnavailable,
  kindOf,
} from './error-kind.ts';
export {
  AppError,
  errorOf,
  isError,
  messageOf,
  OutcomeUnknown,
  type AppErrorOptions,
  type ErrorKind,
} from './errors.ts';
export {
  fingerprintOf,
  loggedFailure,
  reasonOf,
  withoutValues,
  type FailureReason,
  type LoggedFailure,
} from './fingerprint.ts';
export { HalfOpenProbe } from './half-open-probe.ts';
export { Lease } from './lease.ts';
export { Log, silentLog } from './log.ts';
export { newId } from './new-id.ts';
export { RunLoop } from './run-loop.ts';
export { scope } from './scope.ts';
export { Semaphore } from './semaphore.ts';
export { conventions } from './semantic-conventions.ts';
export { SerialMode } from './serial-mode.ts';
export { SerialQueue } from './serial-queue.ts';
export { sharedCall } from './shared-call.ts';
export {
  backoffMs,
  longestTimerMs,
  pauseFor,
  timerMs,
  untilSuccess,
  withTimeout,
  type BackoffOptions,
} from './time.ts';
export { TokenBucket } from './token-bucket.ts';
export { WakeUpSignal } from './wake-up.ts';
