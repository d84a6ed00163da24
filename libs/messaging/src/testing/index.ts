export { eventually, type EventuallyOptions } from './eventually.ts';
export { freshName } from './fresh-name.ts';
export { TopicProbe } from './topic-probe.ts';
