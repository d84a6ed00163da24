export { AdminGuard } from './admin.guard.ts';
export { Admission, type AdmissionOptions } from './admission.ts';
export { runService, startService, type RunningService, type ServiceOptions } from './bootstrap.ts';
export { baseConfig, ConfigError, envInt, loadConfig, parseConfig, type BaseConfig, type ConfigOf } from './config.ts';
export { poolOf, type DatabaseOptions } from './database/connect.ts';
export { GroupCommit, type GroupCommitOptions } from './database/group-commit.ts';
export { crowdOf } from './database/request-queue.ts';
export { DatabaseModule } from './database/database.module.ts';
export { deadlineHeader, deadlineOf, deadlinePassed } from './deadline.ts';
export { Lifecycle } from './lifecycle.ts';
export { LoopbackGuard } from './loopback.guard.ts';
export { addLogFields, type LogFields } from './logging.ts';
export {
  cursorQuery,
  decodeCursor,
  encodeCursor,
  limitQuery,
  pageQuery,
  paginate,
  type Page,
  type PageQuery,
} from './pagination.ts';
export { problemBody, ProblemException, problemType, toProblem, type Problem } from './problem.ts';
export { Readiness, type CheckOptions, type Health, type HealthCheck } from './readiness.ts';
export { BASE_CONFIG } from './tokens.ts';
export { InvalidRequest, text, uuidParam } from './validation.ts';
export { within } from './within.ts';
