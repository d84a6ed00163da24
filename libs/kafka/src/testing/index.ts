export { MemoryKafka } from './memory/memory-kafka.ts';
export { silentObserver } from '../producer/observer.ts';
export { readTopic } from './read-topic.ts';
