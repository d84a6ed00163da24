/** A relay in a process of its own, to be frozen and killed. Its argument is a `RelaySettings` as JSON. */
import { Producer, type ProducerRecord } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { Outbox, OutboxRelay, PostgresTransactions, Session } from '@sluice/messaging';
import pg from 'pg';
import type { RelayReport, RelaySettings, RelayStep } from './relay-process.ts';

const settings = JSON.parse(process.argv[2] ?? '') as RelaySettings;
const { databaseUrl, brokers, hang, ...options } = settings;
const producer = new Producer(kafkaDriver({ brokers: brokers.split(','), clientId: options.owner }));
let batch = 0;

async function reach(step: RelayStep): Promise<void> {
  const hung = step === hang?.at && batch === hang.inBatch;
  process.send?.({ step, hung } satisfies RelayReport);
  if (hung) await new Promise(() => undefined);
}

const sender = {
  async sendEach(records: ProducerRecord[]): ReturnType<Producer['sendEach']> {
    batch += 1;
    await reach('committed');
    const sent = producer.sendEach(records);
    await reach('sending');
    const outcomes = await sent;
    await reach('published');
    return outcomes;
  },
};

const database = new PostgresTransactions(new pg.Pool({ connectionString: databaseUrl, Client: Session }));
new OutboxRelay(database, sender, new Outbox('thing'), options).start();
// Never outlives the test that started it.
process.on('disconnect', () => process.exit());
