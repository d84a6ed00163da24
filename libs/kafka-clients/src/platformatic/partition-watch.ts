import type { ClusterMetadata } from '@platformatic/kafka';
import { RunLoop, type Log } from '@sluice/core';

export interface PartitionWatchOptions {
  everyMs: number;
  onChange: () => Promise<void>;
  log: Log;
}

/**
 * Notices that topics have more or fewer partitions than before, which this client does not. To be started before the
 * partitions are divided: what is added later is then a change.
 */
export class PartitionWatch {
  readonly #read: () => Promise<ClusterMetadata>;
  readonly #onChange: () => Promise<void>;
  readonly #loop: RunLoop;
  #counts: string | undefined;

  constructor(read: () => Promise<ClusterMetadata>, { everyMs, onChange, log }: PartitionWatchOptions) {
    this.#read = read;
    this.#onChange = onChange;
    this.#loop = new RunLoop(() => this.#look(), {
      everyMs,
      onFailure: (err) => log.debug({ err }, 'partitions could not be counted'),
    });
  }

  /** Rejects when the first reading fails; to be called again then. */
  async start(): Promise<void> {
    this.#counts ??= countsIn(await this.#read());
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #look(): Promise<boolean> {
    const counts = countsIn(await this.#read());
    const isChanged = counts !== this.#counts;
    this.#counts = counts;
    if (isChanged) await this.#onChange();
    return false;
  }
}

function countsIn({ topics }: ClusterMetadata): string {
  const counts = [...topics].map(([name, topic]) => `${name} ${topic?.partitionsCount ?? 0}`);
  return counts.sort().join();
}
