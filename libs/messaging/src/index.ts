export { DeadLetterAdmin } from './dead-letters/dead-letter-admin.ts';
export type { Letter, LetterSummary } from './dead-letters/letter.ts';
export type { ReplayRow } from './dead-letters/replay-audit.ts';
export type { ReplayReport } from './dead-letters/replay.ts';
export type { LetterGroup, Selection } from './dead-letters/selection.ts';
export { encodeEvent } from './envelope/encode.ts';
export { sourceUrn } from './envelope/envelope.ts';
export { activeTraceparent } from './envelope/traceparent.ts';
export { Inbox } from './inbox/inbox.ts';
export { Consumes, ConsumesExternally } from './nest/consumes.decorator.ts';
export { MessagingRuntime } from './nest/messaging-runtime.ts';
export type { MessagingOptions } from './nest/messaging-options.ts';
export { KAFKA_DRIVER, MessagingModule } from './nest/messaging.module.ts';
export { ConsumerStrategy } from './nest/strategy.ts';
export { messagingMigration } from './messaging-migration.ts';
export { Outbox } from './outbox/outbox.ts';
export { OutboxRelay, type RelayOptions } from './outbox/relay.ts';
export { bigintArray, integerArray, textArray, timestampArray, uuidArray } from './postgres/arrays.ts';
export {
  afterCommit,
  pgClient,
  PostgresTransactions,
  type QueryConfig,
  type QueryResult,
} from './postgres/postgres-transactions.ts';
export { type ExternalEffect, PartlyDone } from './effects/external-effect.ts';
export { type DeferredEvent, DeferredEvents } from './retry/deferred-events.ts';
export { type Transaction, Transactions } from './transaction.ts';
export { GroupCommit, type CommittedBatch, type GroupCommitOptions } from './group-commit.ts';
