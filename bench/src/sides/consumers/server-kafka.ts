import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import pg from 'pg';
import type { OpenConsumer } from '../run-consumer.ts';
import { controllerOf, logger, rootOf } from './controller.ts';

const insert = 'insert into handled (order_id, total_cents) values ($1, $2)';

interface OrderPlaced {
  orderId: string;
  totalCents: number;
}

/** As in Nest's documentation: `@EventPattern`, one record at a time. It begins at the oldest, as ours does. */
export const openServerKafka: OpenConsumer = async ({ brokers, topic, group, databaseUrl }, handled) => {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const handler = async ({ orderId, totalCents }: OrderPlaced): Promise<void> => {
    await pool.query(insert, [orderId, totalCents]);
    handled(1);
  };
  const subscribe = (target: object, key: string, descriptor: PropertyDescriptor): void => {
    Payload()(target, key, 0);
    (EventPattern(topic) as MethodDecorator)(target, key, descriptor);
  };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(rootOf(controllerOf(subscribe, handler)), {
    logger,
    transport: Transport.KAFKA,
    options: {
      client: { brokers, clientId: 'bench' },
      consumer: { groupId: group },
      subscribe: { fromBeginning: true },
      postfixId: '',
    },
  });
  await app.listen();
  return async () => {
    await app.close();
    await pool.end();
  };
};
