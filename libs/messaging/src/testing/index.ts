export { eventually, type EventuallyOptions } from './eventually.ts';
export { freshName } from './fresh-name.ts';
export { publishedEvents, type PublishedEvent } from './published-events.ts';
export { readTopic } from './read-topic.ts';
