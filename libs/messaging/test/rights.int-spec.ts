import { inspect } from 'node:util';
import { Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { eventually } from '@sluice/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limitRights, restoreRights } from './acls.ts';
import { Harness, numbered } from './consumer-harness.ts';

/** A client looks again after pauses of up to five seconds, and its group forms again. */
const patient = { timeoutMs: 50_000 };

describe.each(['kafkajs', 'platformatic'] as const)(
  'a service whose rights at the broker are missing (%s)',
  (client) => {
    const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
    let said: string[];
    const note = (fields: object, message?: string) => void said.push(`${message} ${inspect(fields, { depth: 8 })}`);
    const log = { debug: note, info: note, warn: note, error: note };
    const driver = kafkaDriver({ client, brokers, clientId: 'rights-spec', metadataMaxAgeMs: 1_000, log });
    const refused = () => expect(said.join()).toMatch(/authoriz|authoris/i);
    let on: Harness;
    beforeEach(async () => {
      said = [];
      on = await Harness.open();
    });
    afterEach(() => on[Symbol.asyncDispose]());

    it('joins its group when it may', async () => {
      await limitRights('GROUP', on.group, []);
      await on.send(...numbered(2));
      const joining = on.join(on.apply, { driver, log });
      await eventually(refused);
      expect(await on.texts()).toEqual([]);
      await restoreRights('GROUP', on.group);
      await joining;
      await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2']), patient);
      expect(on.fatal).toEqual([]);
    });

    it('reads on from where it was when it may read its topic again', async () => {
      const topic = on.contract.name;
      await on.join(on.apply, { driver, log });
      await on.send({ text: 'k1' });
      await eventually(async () => expect(await on.committed()).toBe(1n), patient);
      await limitRights('TOPIC', topic, ['DESCRIBE', 'WRITE']);
      await on.send({ text: 'k2', version: 2 });
      await eventually(refused);
      await restoreRights('TOPIC', topic);
      await on.send({ text: 'k3', version: 3 });
      await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2', 'k3']), patient);
      expect(on.fatal).toEqual([]);
    });

    it('is told that a record is refused for now, and the same record is taken when it may write', async () => {
      const topic = on.contract.name;
      const producer = new Producer(driver, { deliveryTimeoutMs: 5_000 });
      const send = () => producer.send({ topic, key: 'k', value: 'v' });
      await send();
      await limitRights('TOPIC', topic, ['DESCRIBE', 'READ']);
      await eventually(() => expect(send()).rejects.toMatchObject({ kind: 'unavailable', code: 'refused-for-now' }));
      await restoreRights('TOPIC', topic);
      await eventually(() => send(), patient);
      await producer.close();
    });
  },
);
