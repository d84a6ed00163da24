import { asyncApiOf } from './asyncapi.ts';
import { dataSchemaOf } from '@sluice/messaging/contract';
import { breaches, publishedEvents, publishedName, type PublishedEvent } from './published.ts';
import { allServices } from '@sluice/contracts';

/** Every topic that a service publishes or consumes, once. */
export const allTopics = [...new Set(allServices.flatMap(({ publishes, consumes }) => [...publishes, ...consumes]))];

/** Names and contents of the documents in docs/contracts that are made from the contracts. */
export function contractFiles(): Record<string, string> {
  const events = allTopics.flatMap((topic) => topic.events);
  const files: Record<string, string> = { 'asyncapi.json': print(asyncApiOf(allServices)) };
  for (const event of events) files[`${event.type}.${event.dataVersion}.schema.json`] = print(dataSchemaOf(event));
  return files;
}

/** The same for docs/contracts/published: to be written only when `contractBreaches` finds nothing. */
export function publishedFiles(): Record<string, string> {
  return Object.fromEntries(publishedEvents(allTopics).map((event) => [publishedName(event), print(event)]));
}

/** What the contracts break of what was published, a sentence each. `baseline`: texts of docs/contracts/published. */
export function contractBreaches(baseline: Iterable<string>): string[] {
  const events = [...baseline].map((text) => JSON.parse(text) as PublishedEvent);
  return breaches(events, publishedEvents(allTopics));
}

function print(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
