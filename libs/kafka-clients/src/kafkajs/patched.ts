import type Kafkajs from 'kafkajs';
import { patchCommitsOfDeletedTopics } from './patches/commits-of-deleted-topics.ts';
import { patchIdleTimer } from './patches/idle-timer.ts';
import { patchOffsetOutOfRange } from './patches/offset-out-of-range.ts';
import { patchRecordHeaders } from './patches/record-headers.ts';
import { patchUnreadableBatches } from './patches/unreadable-batches.ts';
import { PrivateModules } from './private-modules.ts';

let modules: PrivateModules | undefined;

/** A module of the patched kafkajs, by its path. It is an instance of the driver's own, loaded when it is first needed. */
export function patchedModule<T>(path: string): T {
  if (!modules) {
    modules = new PrivateModules('kafkajs');
    patchRecordHeaders(modules);
    patchUnreadableBatches(modules);
    patchIdleTimer(modules);
    patchCommitsOfDeletedTopics(modules);
    patchOffsetOutOfRange(modules);
  }
  return modules.load<T>(path);
}

export function patchedKafkajs(): typeof Kafkajs {
  return patchedModule<typeof Kafkajs>('');
}
