import { asyncApiOf } from './asyncapi.ts';
import { dataSchemaOf } from './json-schema.ts';
import { allServices } from './services.ts';

/** Names and contents of the documents in docs/contracts that are made from the contracts. */
export function contractFiles(): Record<string, string> {
  const topics = new Set(allServices.flatMap(({ publishes, consumes }) => [...publishes, ...consumes]));
  const events = [...topics].flatMap((topic) => topic.events);
  const files: Record<string, string> = { 'asyncapi.json': print(asyncApiOf(allServices)) };
  for (const event of events) files[`${event.type}.${event.dataVersion}.schema.json`] = print(dataSchemaOf(event));
  return files;
}

function print(document: Record<string, unknown>): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
