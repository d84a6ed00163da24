import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError, silentLog } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import type { ConsumerConnection, ConsumerEvents, KafkaDriver } from '../drivers/port.ts';
import { MemoryKafka } from '../testing/memory/memory-kafka.ts';
import { GroupConsumer } from './group-consumer.ts';
import { silentConsumerObserver } from './observer.ts';
import { Throttle } from './throttle.ts';

/** What happens to a connection before it is one. */
type Refusal = (events: ConsumerEvents) => Error;

describe('a member that may not join, or no longer', () => {
  const kafka = new MemoryKafka();
  kafka.create({ name: 'a', partitions: 2 });
  let refusals: Refusal[];
  let events: ConsumerEvents[];
  let stopped: number;
  let fatal: Error[];
  let values: string[];
  let member: GroupConsumer;
  let outage: Error | undefined;

  const plain = kafka.driver();
  const driver: KafkaDriver = { ...plain, consumer: (options) => refusing(plain.consumer(options)) };

  function refusing(connection: ConsumerConnection): ConsumerConnection {
    const wrapped = Object.create(connection) as ConsumerConnection;
    wrapped.start = async (given) => {
      events.push(given);
      const refusal = refusals.shift();
      if (refusal) throw refusal(given);
      await connection.start(given);
    };
    wrapped.stop = () => ((stopped += 1), connection.stop());
    for (const name of ['commit', 'pause', 'resume', 'seek', 'idleMs'] as const) {
      wrapped[name] = connection[name].bind(connection) as never;
    }
    return wrapped;
  }

  beforeEach(() => {
    [refusals, events, stopped, fatal, values] = [[], [], 0, [], []];
    outage = undefined;
    member = new GroupConsumer({
      ...{ driver, membership: { group: 'shop', topics: ['a'] }, throttle: new Throttle() },
      processors: new Map([
        [
          'a',
          () => ({
            batchLimit: async () => 10,
            process: async (records) => {
              if (outage) throw outage;
              values.push(...records.map(({ value }) => String(value)));
              return { done: records.length };
            },
            end: async () => undefined,
          }),
        ],
      ]),
      worker: { outageBackoff: {}, queue: { records: 100, bytes: 1_000_000 } },
      ...{ onCommit: () => undefined, onFatal: (error) => void fatal.push(error) },
      ...{ observer: silentConsumerObserver, log: silentLog },
    });
  });
  afterEach(() => member.stop());

  const send = (value: string) => kafka.append([{ topic: 'a', partition: 0, key: 'k', value }]);

  it('tries again with new connections, whatever the reason, and says why', async () => {
    refusals = [
      (given) => {
        // As kafkajs does: the client has crashed before the join is known to have failed.
        const error = new TypeError('a defect of the client');
        given.onCrash(error);
        return error;
      },
      () => new Error('the group has reached its max size'),
    ];
    const joining = member.start();
    await eventually(() =>
      expect(member.health()).toMatchObject({ state: 'joining', reason: 'a defect of the client' }),
    );
    await joining;
    const health = member.health();
    expect(health).toMatchObject({ state: 'joined', partitions: 2 });
    expect(health.reason).toBeUndefined();
    expect([events.length, stopped, fatal]).toEqual([3, 2, []]);
    send('one');
    await eventually(() => expect(values).toContain('one'));
  });

  it('joins again when a broker has ended its membership, and goes on where it was', async () => {
    await member.start();
    send('two');
    await eventually(() => expect(values.at(-1)).toBe('two'));
    refusals = [() => new Error('not authorised')];
    events.at(-1)?.onCrash(new AppError('unavailable', 'not-joined', 'inconsistent protocol'));
    expect(member.health()).toMatchObject({ state: 'joining', reason: 'inconsistent protocol' });
    await eventually(() => expect(member.health()).toMatchObject({ state: 'joining', reason: 'not authorised' }));
    await eventually(() => expect(member.health()).toMatchObject({ state: 'joined', partitions: 2 }));
    send('three');
    await eventually(() => expect(values.at(-1)).toBe('three'));
    expect([events.length, stopped, fatal]).toEqual([3, 2, []]);
  });

  it('is ended by a defect of the client once it has joined', async () => {
    await member.start();
    const defect = new TypeError('a defect of the client');
    events.at(-1)?.onCrash(defect);
    expect(fatal).toEqual([defect]);
  });

  it('says why it waits, without what a record or a row brought', async () => {
    refusals = [() => new Error('no right for "ann" at 450 <ann@example.com>')];
    const joining = member.start();
    await eventually(() => expect(member.health().reason).toBe('no right for "<value>" at <n> <<address>>'));
    await joining;
    outage = new AppError('unavailable', 'provider', '450 <ann@example.com> is busy');
    send('ann');
    await eventually(() => expect(member.health().holds).toMatchObject([{ reason: '<n> <<address>> is busy' }]));
  });

  it('ends while it is trying', async () => {
    refusals = Array.from({ length: 100 }, () => () => new Error('not authorised'));
    const joining = member.start();
    await eventually(() => expect(events.length).toBeGreaterThan(1));
    await member.stop();
    await joining;
    expect(member.health().state).toBe('stopped');
  });
});
