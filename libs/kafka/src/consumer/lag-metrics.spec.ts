import { eventually } from '@sluice/core/testing';
import { expect, it } from 'vitest';
import { MeasuredMember } from '../../test/measured-member.ts';
import { MemoryKafka } from '../testing/memory/memory-kafka.ts';

it('no lag is left when Kafka becomes unavailable, and it is there when Kafka has recovered', async () => {
  const kafka = new MemoryKafka();
  kafka.create({ name: 't', partitions: 1 });
  const member = await MeasuredMember.join(kafka.driver(), 'g', 't');
  const gate = Promise.withResolvers<void>();
  member.gate = gate.promise;
  kafka.append(['a', 'b'].map((value) => ({ topic: 't', partition: 0, key: null, value })));
  const [records, seconds] = ['sluice_consumer_lag_records', 'sluice_consumer_lag_seconds'] as const;
  await eventually(async () => expect(await member.scrape(records)).toEqual({ 0: 2 }));
  kafka.fail();
  expect([await member.scrape(records), await member.scrape(seconds)]).toEqual([{}, {}]);
  kafka.recover();
  expect(await member.scrape(records)).toEqual({ 0: 2 });
  gate.resolve();
  await eventually(async () => expect(await member.scrape(seconds)).toEqual({ 0: 0 }));
});
