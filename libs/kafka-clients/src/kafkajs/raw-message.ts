import type { KafkaMessage } from 'kafkajs';
import type { UnreadableBatch } from '@sluice/kafka/driver';

/** A record as kafkajs decodes it, with what its public types leave out. */
export type RawMessage = KafkaMessage & { batchContext?: { firstOffset: string; lastOffsetDelta: number } };

/** Of one partition, up to the batch that can't be read. */
export type Messages = RawMessage[] & { unreadable?: UnreadableBatch };
