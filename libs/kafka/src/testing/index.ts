export { readTopic } from './read-topic.ts';
