import { describe, expect, it } from 'vitest';
import { partitionKey, type OutgoingRecord } from '@sluice/kafka/driver';
import { Leaders } from './repeated-batch.ts';
import { KafkajsProducer } from './producer.ts';

type Answer = { topicName: string; partition: number; baseOffset: string; errorCode: number }[];

/** As much of kafkajs as divides a batch among leaders, or repeats it, and a cluster whose leaders can be moved. */
class FakeKafkajs {
  readonly leaders = new Map<string, string>();
  /** What each call of `sendBatch` got to send, by leader. */
  readonly requests: { leader: string; values: string[] }[] = [];
  isKnown = true;
  /** Called before each request; throws when the leader is dead. */
  onRequest: (leader: string) => void = () => undefined;

  readonly cluster = {
    addMultipleTargetTopics: async (): Promise<void> => {
      if (!this.isKnown) throw new Error('no broker answers');
    },
    refreshMetadata: async (): Promise<void> => undefined,
    findTopicPartitionMetadata: (topic: string): unknown[] =>
      [...this.leaders.keys()].filter((key) => key.startsWith(`${topic}/`)),
    findLeaderForPartitions: (topic: string, partitions: number[]): Record<string, number[]> => {
      if (!this.isKnown) throw new Error('Topic metadata not loaded');
      const leaderOf = (partition: number): string => this.leaders.get(partitionKey({ topic, partition })) ?? '';
      const { '': _, ...found } = Object.groupBy(partitions, leaderOf) as Record<string, number[]>;
      return found;
    },
  };

  readonly producer = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    sendBatch: async ({ topicMessages }: { topicMessages?: { topic: string; messages: Message[] }[] }) => {
      // As kafkajs does, it passes over a leader that answered an earlier attempt, whatever is its own by now.
      const answers = new Map<string, Answer>();
      for (let attempt = 0; ; attempt += 1) {
        await Promise.resolve();
        this.isKnown = true;
        try {
          for (const { topic, messages } of topicMessages ?? []) {
            const partitions = [...new Set(messages.map(({ partition }) => partition ?? 0))];
            for (const [leader, led] of Object.entries(this.cluster.findLeaderForPartitions(topic, partitions))) {
              if (answers.has(topic + leader)) continue;
              this.onRequest(leader);
              const ofLeader = messages.filter(({ partition }) => led.includes(partition ?? 0));
              this.requests.push({ leader, values: ofLeader.map(({ value }) => String(value)) });
              const answer = led.map((partition) => ({ topicName: topic, partition, baseOffset: '0', errorCode: 0 }));
              answers.set(topic + leader, answer);
            }
          }
          return [...answers.values()].flat();
        } catch (error) {
          if ((error as { retriable?: boolean }).retriable === false || attempt === 9) throw error;
        }
      }
    },
  };

  open(): KafkajsProducer {
    return new KafkajsProducer(this.producer, new Leaders(this.cluster), {});
  }
}

interface Message {
  partition?: number;
  value: Buffer | string | null;
}

const record = (partition: number, topic = 't'): OutgoingRecord => ({
  topic,
  partition,
  key: null,
  value: `${topic}${partition}`,
});

describe('a batch for several leaders', () => {
  const three = [record(0), record(1), record(2)];

  it('goes to each of them by itself, and is answered in the order of its records', async () => {
    const kafka = new FakeKafkajs();
    for (const [n, leader] of ['a', 'b', 'a'].entries()) kafka.leaders.set(partitionKey(record(n)), leader);
    kafka.leaders.set(partitionKey(record(0, 'u')), 'a');
    const written = await kafka.open().sendBatch([...three, record(0, 'u')]);
    expect(written.map(({ topic, partition }) => `${topic}${partition}`)).toEqual(['t0', 't1', 't2', 'u0']);
    expect(kafka.requests).toEqual([
      { leader: 'a', values: ['t0', 't2'] },
      { leader: 'a', values: ['u0'] },
      { leader: 'b', values: ['t1'] },
    ]);
  });

  it('leaves out what does not exist, and says so', async () => {
    const kafka = new FakeKafkajs();
    for (const n of [0, 2]) kafka.leaders.set(partitionKey(record(n)), 'a');
    const sent = kafka.open().sendBatch([...three, record(0, 'u')]);
    const at = (partition: number) => ({ topic: 't', partition, offset: 0n });
    await expect(sent).rejects.toMatchObject({ written: [at(0), undefined, at(2), undefined] });
    expect(kafka.requests).toEqual([{ leader: 'a', values: ['t0', 't2'] }]);
  });

  it('leaves out what vanishes on the way, and sends the rest again', async () => {
    const kafka = new FakeKafkajs();
    for (const n of [0, 1, 2]) kafka.leaders.set(partitionKey(record(n)), 'a');
    kafka.onRequest = () => {
      if (kafka.leaders.delete(partitionKey(record(1)))) throw new Error('UNKNOWN_TOPIC_OR_PARTITION');
    };
    const sent = kafka.open().sendBatch(three);
    await expect(sent).rejects.toMatchObject({ code: 'partitions-gone', message: 't/1 does not exist (any more)' });
    expect(kafka.requests).toEqual([{ leader: 'a', values: ['t0', 't2'] }]);
  });

  it('finds out first who leads', async () => {
    const kafka = new FakeKafkajs();
    for (const [n, leader] of ['a', 'b', 'b'].entries()) kafka.leaders.set(partitionKey(record(n)), leader);
    kafka.isKnown = false;
    await kafka.open().sendBatch(three);
    expect(kafka.requests).toEqual([
      { leader: 'a', values: ['t0'] },
      { leader: 'b', values: ['t1', 't2'] },
    ]);
  });

  it('is sent once to those that live, when others die and their partitions become theirs', async () => {
    const kafka = new FakeKafkajs();
    for (const [n, leader] of ['a', 'b', 'a'].entries()) kafka.leaders.set(partitionKey(record(n)), leader);
    kafka.onRequest = (leader) => {
      if (leader === 'b') return;
      if (leader === 'a') kafka.leaders.set(partitionKey(record(0)), 'b').set(partitionKey(record(2)), 'c');
      else kafka.leaders.set(partitionKey(record(2)), 'b');
      throw new Error('Connection error');
    };
    const written = await kafka.open().sendBatch(three);
    expect(written).toHaveLength(3);
    expect(kafka.requests).toEqual([
      { leader: 'b', values: ['t1'] },
      { leader: 'b', values: ['t0'] },
      { leader: 'b', values: ['t2'] },
    ]);
  });
});
