export * from './contracts/index.ts';
export * from './drivers/index.ts';
export * from './errors.ts';
export * from './transaction.ts';

export {
  Consumes,
  ConsumesExternally,
  type ConsumesExternallyOptions,
  type ConsumesOptions,
} from './consumer/consumes.decorator.ts';
export { cloudEvents, type Deserializer } from './consumer/deserializer.ts';
export type { ConsumerInterceptor } from './consumer/interceptors.ts';
export { PartlyDone, type ExternalEffect } from './consumer/external-effect.ts';

export {
  DeadLetterAdmin,
  type DeadLetterAdminParts,
  type LetterPage,
  type ListedLetter,
} from './dead-letters/dead-letter-admin.ts';
export { fingerprintOf, type FailureReason } from './dead-letters/fingerprint.ts';
export type { Letter, LetterSummary, Origin } from './dead-letters/letter.ts';
export { deadLetterReplaysMigration } from './dead-letters/migration.ts';
export type { ReplayOutcome, ReplayReport, ReplayRequest, ReplayedLetter } from './dead-letters/replay.ts';
export { ReplayAudit, type ReplayRow, type ReplayState } from './dead-letters/replay-audit.ts';
export type { LetterGroup, Selection } from './dead-letters/selection.ts';
export { decodeEvent, DecodeError, type DecodeErrorCode } from './envelope/decode.ts';
export { schemaUrn } from './contracts/json-schema.ts';
export { activeTraceparent } from './envelope/traceparent.ts';
export { newId } from './new-id.ts';
export { Pace } from './pace.ts';
export { sourceUrn } from './envelope/envelope.ts';
export { encodeEvent, type EncodedEvent, type EnvelopedEvent } from './envelope/encode.ts';
export { Inbox } from './inbox/inbox.ts';
export { inboxMigration } from './inbox/migration.ts';
export { sweepInbox } from './inbox/retention.ts';
export { causedBy } from './outbox/causes.ts';
export { outboxMigration } from './outbox/migration.ts';
export { Outbox, type OutboxOptions } from './outbox/outbox.ts';
export { bigintArray, integerArray, smallintArray, textArray, timestampArray, uuidArray } from './postgres/arrays.ts';
export { afterCommit, pgClient, PostgresTransactions, savepoint } from './postgres/transactions.ts';
export type { SqlMigration } from './postgres/migration.ts';
export type { ParkingOptions } from './parking/options.ts';
export { ParkedEvents, type ParkedBacklog, type ParkedEvent, type ParkedFilter } from './parking/parked-events.ts';
export type { ProducerInterceptor } from './producer/interceptors.ts';
export { measureBuffer, measureProducing, type ProducerObserver, type RequestOutcome } from './producer/observer.ts';
export type { ProducerOptions } from './producer/options.ts';
export type { Partitioner, PartitionerName } from './producer/partitioner.ts';
export { Producer, type EnqueueOptions } from './producer/producer.ts';
export type { Bytes, ProducerRecord } from './producer/record.ts';
export type { Serializer } from './producer/serializer.ts';
export type { ConsumerOptions } from './consumer/options.ts';
export { ConsumerStrategy } from './consumer/strategy.ts';
export type { ConsumerHealth } from './consumer/group-consumer.ts';
export { measureConsuming, type ConsumerObserver } from './consumer/observer.ts';

export { KAFKA_DRIVER, MessagingModule, type MessagingOptions } from './messaging.module.ts';
export { MessagingRuntime, type MessagingHealth } from './messaging-runtime.ts';
export { OutboxRelay, type RelayOptions } from './outbox/relay.ts';
