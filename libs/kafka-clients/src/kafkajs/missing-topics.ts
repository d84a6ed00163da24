import type { Cluster } from './cluster.ts';
import { isUnknownTopic } from './errors.ts';

/**
 * tulios/kafkajs#1622: one topic that was deleted fails every request of a client for all of its topics, and ends its
 * consumers. Here it is left out of the metadata for as long as it does not exist.
 */
export function leaveOutMissingTopics({ brokerPool }: Pick<Cluster, 'brokerPool'>): void {
  const refresh = brokerPool.refreshMetadata.bind(brokerPool);
  brokerPool.refreshMetadata = async (topics) => {
    try {
      await refresh(topics);
    } catch (error) {
      if (!isUnknownTopic(error)) throw error;
      const existing: string[] = [];
      for (const topic of topics) if (await exists(topic)) existing.push(topic);
      // To kafkajs no topic at all means every topic of the cluster, which is no error either.
      await refresh(existing);
    }
  };

  async function exists(topic: string): Promise<boolean> {
    const broker = await brokerPool.findConnectedBroker();
    try {
      await broker.metadata([topic]);
      return true;
    } catch (error) {
      if (isUnknownTopic(error)) return false;
      throw error;
    }
  }
}
