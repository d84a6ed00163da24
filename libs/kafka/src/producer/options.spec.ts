import { describe, expect, it } from 'vitest';
import { FakeKafka } from '../../test/fake-kafka.ts';
import { producerLimits, type ProducerOptions } from './options.ts';
import { Producer } from './producer.ts';

const wrong: [ProducerOptions, RegExp][] = [
  [{ lingerMs: -1 }, /^a producer's option lingerMs must be a whole number from 0 to 2147483647$/],
  [{ lingerMs: 1.5 }, /lingerMs must be a whole number/],
  [{ batchSize: 0 }, /batchSize must be a whole number from 1/],
  [{ batchSize: NaN }, /batchSize must be a whole number/],
  [{ bufferMemory: Infinity }, /bufferMemory must be a whole number/],
  [{ maxRequestSize: 0 }, /maxRequestSize must be a whole number/],
  [{ maxBlockMs: '10' as never }, /maxBlockMs must be a whole number/],
  [{ deliveryTimeoutMs: 0 }, /deliveryTimeoutMs must be a whole number/],
  [{ deliveryTimeoutMs: 3e9 }, /deliveryTimeoutMs must be a whole number/],
  [{ lingerMs: 50, deliveryTimeoutMs: 50 }, /lingerMs must be less than deliveryTimeoutMs/],
  [{ partitioner: 'murmur3' as never }, /partitioner must be murmur2, roundRobin, random or a function/],
  [{ serializer: {} as never }, /serializer must have a method serialize/],
  [{ interceptors: {} as never }, /interceptors must be a list/],
  [{ lingerms: 5 } as never, /^a producer has no option lingerms$/],
];

describe('the options of a producer', () => {
  it.each(wrong)('fail at construction: %o', (options, message) => {
    const construct = () => new Producer(new FakeKafka().driver, options);
    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(message);
  });

  it('have defaults, also where undefined is given', () => {
    expect(producerLimits({ lingerMs: undefined, log: undefined })).toMatchObject({
      batchSize: 524_288,
      lingerMs: 0,
      bufferMemory: 33_554_432,
      maxBlockMs: 10_000,
      deliveryTimeoutMs: 120_000,
      partitioner: 'murmur2',
    });
  });
});
