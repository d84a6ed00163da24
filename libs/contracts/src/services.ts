import type { TopicContract } from '@sluice/messaging/contract';
import { intakeTopic } from './intake.events.ts';
import { notificationsTopic } from './notification.events.ts';
import { ordersTopic } from './order.events.ts';
import { stockTopic } from './stock.events.ts';

/** Who publishes what and who listens: the name is also the consumer group. */
export interface ServiceContract {
  readonly name: string;
  readonly publishes: readonly TopicContract[];
  readonly consumes: readonly TopicContract[];
}

/** It publishes to its own intake in the log-first flow, and is the only one that reads it. */
export const orderService: ServiceContract = {
  name: 'order',
  publishes: [ordersTopic, intakeTopic],
  consumes: [stockTopic, intakeTopic],
};
export const inventoryService: ServiceContract = {
  name: 'inventory',
  publishes: [stockTopic],
  consumes: [ordersTopic],
};
export const notificationService: ServiceContract = {
  name: 'notification',
  publishes: [notificationsTopic],
  consumes: [ordersTopic],
};

export const allServices: readonly ServiceContract[] = [orderService, inventoryService, notificationService];
