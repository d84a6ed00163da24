export { AdminGuard } from './admin.guard.ts';
export { BackgroundLoop } from './background-loop.ts';
export { runService, startService, type RunningService, type ServiceOptions } from './bootstrap.ts';
export {
  baseConfig,
  closingMs,
  fitsInto,
  httpUrl,
  loadConfig,
  parseConfig,
  type BaseConfig,
  type ConfigOf,
} from './config.ts';
export { customPlans, type DatabaseOptions } from './database/connect.ts';
export { DatabaseModule } from './database/database.module.ts';
export { sqlMigration } from './database/sql-migration.ts';
export { columns, query, type Statement } from './database/statement.ts';
export { ApiDeadline, deadlineHeader, deadlineOf, deadlinePassed, untilDeadline } from './deadline.ts';
export { ClientRequests } from './http/client-requests.ts';
export { kafkaOf } from './kafka.ts';
export { Lifecycle } from './lifecycle.ts';
export { LoopbackGuard } from './loopback.guard.ts';
export { addLogFields } from './logging.ts';
export { emailAddress } from './email-address.ts';
export { notACursor, pageQuery, paginate, textCursor, textCursorOf, type Page } from './pagination.ts';
export { ProblemException } from './problem.ts';
export { BackgroundThrottling } from './overload/background-throttling.ts';
export { limitRate } from './overload/http-rate-limit.ts';
export { ShedRequests } from './overload/shed-requests.ts';
export { Readiness, type Health } from './readiness.ts';
export { BASE_CONFIG } from './tokens.ts';
export { currencyCode, InvalidRequest, text, uuidParam, wholeNumber } from './validation.ts';
