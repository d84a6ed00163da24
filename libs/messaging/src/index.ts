// Transactions: what a use case passes on, and what adapters do inside.
export { GroupCommit, type CommittedBatch, type GroupCommitOptions } from './group-commit.ts';
export { bigintArray, integerArray, textArray, timestampArray, uuidArray } from './postgres/arrays.ts';
export { afterCommit, pgClient, PostgresTransactions } from './postgres/postgres-transactions.ts';
export { Session } from './postgres/session.ts';
export { Transactions, type Transaction } from './transaction.ts';

// Consuming: handlers, and the options of the consumer.
export { PartlyDone, type ExternalEffect, type FailedEvent } from './effects/external-effect.ts';
export { Inbox } from './inbox/inbox.ts';
export type { ConsumerOptions } from './nest/consumer-options.ts';
export {
  Consumes,
  ConsumesExternally,
  type ConsumesExternallyOptions,
  type ConsumesOptions,
} from './nest/consumes.decorator.ts';
export { ConsumerStrategy } from './nest/strategy.ts';
export type { Deserializer } from './processing/deserializer.ts';
export { DeferredEvents, type DeferredEvent } from './retry/deferred-events.ts';
export type { RetryOptions } from './retry/options.ts';

// Publishing.
export { encodeEvent } from './envelope/encode.ts';
export { sourceUrn } from './envelope/envelope.ts';
export { Outbox } from './outbox/outbox.ts';
export { OutboxRelay, type RelayOptions } from './outbox/relay.ts';

// Traces: what goes with a request or an event, and spans of steps that several share.
export { activeTraceContext, contextOf, traceContextOf } from './envelope/trace-context.ts';
export { onBehalfOf } from './tracing/participants.ts';
export { tracedSending } from './tracing/traced-sending.ts';
export { errorTypeOf, failSpan, ownSpan, recordAnyway, sharedSpan, type Participants } from './tracing/shared-span.ts';

// Dead letters.
export { DeadLetterAdmin } from './dead-letters/dead-letter-admin.ts';
export type { DeadLetter, DeadLetterSummary } from './dead-letters/dead-letter.ts';
export type { ReplayRow } from './dead-letters/replay-audit.ts';
export type { ReplayReport } from './dead-letters/replay.ts';
export type { SkipRequest } from './dead-letters/skip.ts';
export type { DeadLetterGroup, Selection } from './dead-letters/selection.ts';

// The Nest module, and the tables.
export { essentialTables, messagingMigration } from './messaging-migration.ts';
export type { MessagingOptions } from './nest/messaging-options.ts';
export { type KafkaHealth, type MessagingHealth, MessagingRuntime } from './nest/messaging-runtime.ts';
export { KAFKA_DRIVER, MessagingModule } from './nest/messaging.module.ts';
export { nestLog } from './nest/nest-log.ts';
