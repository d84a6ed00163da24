import type { PrivateModules } from '../private-modules.ts';

interface ConsumerGroup {
  recoverFromOffsetOutOfRange: (this: ConsumerGroup) => Promise<void>;
  joinAndSync(): Promise<void>;
}

/**
 * tulios/kafkajs#1119: at an offset that is not there kafkajs goes on at the start and keeps what was lost to itself. It
 * joins again instead: then the driver looks for the start positions, and reports which of them are out of range.
 */
export function patchOffsetOutOfRange(modules: PrivateModules): void {
  const { prototype } = modules.load<{ prototype: ConsumerGroup }>('src/consumer/consumerGroup');
  prototype.recoverFromOffsetOutOfRange = function (this: ConsumerGroup): Promise<void> {
    return this.joinAndSync();
  };
}
