import { scope, type TopicContract } from '@sluice/messaging/contract';
import { intakeTopic } from './intake.events.ts';
import { notificationsTopic } from './notification.events.ts';
import { ordersTopic } from './order.events.ts';
import { stockTopic } from './stock.events.ts';

/** One service of the shop. Whatever starts, measures or describes services follows from these entries. */
export interface ServiceContract {
  /** Also its folder in `services/`, its consumer group, and its host in Compose. */
  readonly name: string;
  /** Where it listens with `--ports fixed`, and where Compose publishes it. */
  readonly port: number;
  /** Its own database on the common server; default: none. */
  readonly database?: string;
  readonly consumes: readonly TopicContract[];
  readonly publishes: readonly TopicContract[];
  /** Services that it calls, which start before it, and `smtp`. It finds each in a variable: see `urlVariable`. */
  readonly needs?: readonly string[];
  /** `on-demand`: only when `npm run stack -- start NAME` says so. Default: always. */
  readonly start?: 'always' | 'on-demand';
}

// Order publishes to its own intake in the log-first flow, and is the only one that reads it.
// After a change: npm install && npm run services
const services = [
  {
    name: 'order',
    port: 3001,
    database: `${scope}_order`,
    consumes: [stockTopic, intakeTopic],
    publishes: [ordersTopic, intakeTopic],
    needs: ['inventory', 'notification'],
  },
  { name: 'inventory', port: 3002, database: `${scope}_inventory`, consumes: [ordersTopic], publishes: [stockTopic] },
  {
    name: 'notification',
    port: 3003,
    database: `${scope}_notification`,
    consumes: [ordersTopic],
    publishes: [notificationsTopic],
    needs: ['smtp'],
  },
] as const satisfies readonly ServiceContract[];

export type ServiceName = (typeof services)[number]['name'];
export type Service = ServiceContract & { readonly name: ServiceName };

export const allServices: readonly Service[] = services;
export const serviceNames: readonly ServiceName[] = services.map(({ name }) => name);

export type DatabaseOwner = Extract<(typeof services)[number], { database: string }>['name'];
/** In which database each service keeps its data; those without one are not in it. */
export const databases = Object.fromEntries(
  allServices.flatMap(({ name, database }) => (database === undefined ? [] : [[name, database]])),
) as Readonly<Record<DatabaseOwner, string>>;

export function hasDatabase(name: ServiceName): name is DatabaseOwner {
  return name in databases;
}

/** Those that run in every stack. */
export const permanentServices: readonly Service[] = allServices.filter(({ start }) => start !== 'on-demand');

/** In which variable a service finds the URL of what it needs: `INVENTORY_URL`, `SMTP_URL`. */
export function urlVariable(need: string): string {
  return `${need.toUpperCase().replaceAll('-', '_')}_URL`;
}
