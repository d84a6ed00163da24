/**
 * A relay in a process of its own, to be killed: publishes the first batch to Kafka, says so, and hangs before the rows
 * are deleted. Arguments: database URL, brokers.
 */
import pg from 'pg';
import { Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { Outbox } from '../src/outbox/outbox.ts';
import { OutboxRelay } from '../src/outbox/relay.ts';
import { PostgresTransactions } from '../src/postgres/postgres-transactions.ts';
import { Session } from '../src/postgres/session.ts';

const [connectionString = '', brokers = ''] = process.argv.slice(2);
const producer = new Producer(kafkaDriver({ brokers: brokers.split(','), clientId: 'doomed' }));
const sender = {
  async sendEach(records: Parameters<Producer['sendEach']>[0]): ReturnType<Producer['sendEach']> {
    await producer.sendBatch(records);
    process.send?.('published');
    return new Promise(() => undefined);
  },
};
const database = new PostgresTransactions(new pg.Pool({ connectionString, Client: Session }));
new OutboxRelay(database, sender, new Outbox('thing'), { owner: 'doomed', leaseTtlMs: 1_500, batchSize: 3 }).start();
