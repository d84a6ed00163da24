/** Kafka's names of errors, which both clients pass on. */

/** A normal event in the life of a group: the member rejoins by itself. */
export const membershipErrors: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
]);

/** The broker will never take this record, or not before its topic is configured in another way. */
export const refusals: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
]);

/** Clock, policy or authorisation: nothing is wrong with the record, and the broker takes it when that is put right. */
export const refusalsForNow: ReadonlySet<string> = new Set([
  'INVALID_TIMESTAMP',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);
