import type { Log } from '@sluice/core';
import type { Compression } from '../drivers/compression.ts';
import type { ProducerInterceptors } from './interceptors.ts';
import type { ProducerObserver } from './observer.ts';
import type { PartitionCounts } from './partition-counts.ts';
import type { ReroutingParts } from './rerouting.ts';

export interface SenderOptions extends Pick<ReroutingParts, 'onMissingTopic'> {
  lingerMs: number;
  deliveryTimeoutMs: number;
  compression: Compression;
  /** Whether callers wait for buffer memory, so that lingering would only delay them. */
  isExhausted(): boolean;
  /** Called after entries were completed, once for all of them. */
  onReleased(): void;
  partitions: Pick<PartitionCounts, 'choose' | 'load' | 'expire'>;
  interceptors: Pick<ProducerInterceptors<never>, 'onRequest'>;
  observer: ProducerObserver;
  log: Log;
}
