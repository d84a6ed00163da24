export { eventually, type EventuallyOptions } from './eventually.ts';
export { freshName } from './fresh-name.ts';
export { readTopic } from './read-topic.ts';
