import { AppError, backoffMs, errorOf, pauseFor, type Log } from '@sluice/core';
import type { Accumulator, Entry } from './accumulator.ts';
import type { PartitionCounts } from './partition-counts.ts';

export interface ReroutingParts {
  accumulator: Accumulator;
  partitions: Pick<PartitionCounts, 'choose' | 'load'>;
  /** Records wait for a topic that does not exist any more. */
  onMissingTopic: (topic: string) => void;
  log: Log;
}

/** Records whose partition is gone wait until the partitions of their topic are counted again, and then go to others. */
export class Rerouting {
  readonly #parts: ReroutingParts;

  constructor(parts: ReroutingParts) {
    this.#parts = parts;
  }

  /**
   * Chooses again for everything that waits of a topic, so that keys keep their order. Answers what has no partition any
   * more, because its caller named one.
   */
  move(topic: string): [entry: Entry, error: Error][] {
    const { accumulator, partitions } = this.#parts;
    const failed: [Entry, Error][] = [];
    const moved = accumulator.takeTopic(topic).filter((entry) => {
      try {
        entry.record.partition = partitions.choose(entry.address) ?? entry.record.partition;
        return true;
      } catch (error) {
        failed.push([entry, errorOf(error)]);
        return false;
      }
    });
    accumulator.putBack(moved);
    return failed;
  }

  /** Resolves when it makes sense to try again. */
  async recount(topic: string, signal: AbortSignal): Promise<void> {
    const { partitions, onMissingTopic, log } = this.#parts;
    try {
      await partitions.load(topic);
      // A broker may be behind the one that counted.
      await pauseFor(backoffMs(1), signal);
    } catch (error) {
      if (error instanceof AppError && error.code === 'unknown-topic') onMissingTopic(topic);
      log.warn({ err: error, topic }, 'records wait for the partitions of a topic');
      await pauseFor(backoffMs(4), signal);
    }
  }
}
