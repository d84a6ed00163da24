import { describe, expect, it } from 'vitest';
import { MemoryKafka } from '@sluice/kafka/testing';
import { thingTopic } from '../../test/contracts.ts';
import type { MessagingOptions } from './messaging-options.ts';
import { MessagingModule } from './messaging.module.ts';

const sound: MessagingOptions = { service: 'shop', kafka: new MemoryKafka().driver(), publishes: [thingTopic] };
const start = (wrong: object): unknown => MessagingModule.forRoot({ ...sound, ...wrong });

describe('options of messaging', () => {
  it('are accepted with everything that exists', () => {
    const consumer = {
      maxPollRecords: 1,
      autoCommitIntervalMs: 0,
      retry: { maxAttempts: 2, backoff: { initialMs: 0 } },
    };
    expect(start({ consumer, relay: { initialBackoffMs: 0, backgroundLimit: () => 400 } })).toBeDefined();
  });

  it.each([
    [{ lingerMs: 1 }, 'messaging has no option lingerMs'],
    [{ producer: { lingerMs: -1 } }, "a producer's option lingerMs must be a whole number from 0 to 2147483647"],
    [{ consumer: { maxPolRecords: 1 } }, 'messaging has no option consumer.maxPolRecords'],
    [{ consumer: { maxPollRecords: 0 } }, "messaging's option consumer.maxPollRecords must be a whole number from 1"],
    [{ consumer: { retry: { maxAttempts: 1 } } }, "messaging's option consumer.retry.maxAttempts must be"],
    [{ consumer: { deserializer: {} } }, "messaging's option consumer.deserializer must have a method deserialize"],
    [{ consumer: { interceptors: {} } }, "messaging's option consumer.interceptors must be a list"],
    [{ consumer: { interceptors: ['x'] } }, "messaging's option consumer.interceptors.0 must be an object"],
    [{ consumer: { maxRecordsPerSecond: 0.5 } }, "messaging's option consumer.maxRecordsPerSecond must be a whole"],
    [{ consumer: { fetchMinBytes: 0 } }, "messaging's option consumer.fetchMinBytes must be a whole number from 1"],
    [{ consumer: { autoCommitIntervalMs: -1 } }, "messaging's option consumer.autoCommitIntervalMs must be a whole"],
    [{ consumer: { backgroundLimit: 400 } }, "messaging's option consumer.backgroundLimit must be a function"],
    [{ relay: { batchSize: Number.NaN } }, "messaging's option relay.batchSize must be a whole number from 1"],
    [{ outbox: {} }, 'messaging has no option outbox'],
    [{ kafka: '127.0.0.1:9092' }, "messaging's option kafka must be a driver, made by kafkaDriver()"],
    [{ kafka: null }, "messaging's option kafka must be a driver"],
    [{ publishes: ['things.v1'] }, "messaging's option publishes.0 must be a contract, made by defineTopic()"],
    [{ publishes: [{ name: 'things.v1', events: [] }] }, "messaging's option publishes.0.events has no events"],
    [{ service: 'my shop' }, "messaging's option service must be a name"],
  ])('%j are refused in one sentence', (wrong, sentence) => {
    expect(() => start(wrong)).toThrow(sentence);
  });
});
