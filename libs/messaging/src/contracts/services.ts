import type { TopicContract } from './envelope.ts';
import { notificationsTopic } from './notification.events.ts';
import { ordersTopic } from './order.events.ts';
import { stockTopic } from './stock.events.ts';

/** Who publishes what and who listens: the name is also the consumer group. */
export interface ServiceContract {
  readonly name: string;
  readonly publishes: readonly TopicContract[];
  readonly consumes: readonly TopicContract[];
}

export const orderService: ServiceContract = { name: 'order', publishes: [ordersTopic], consumes: [stockTopic] };
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
