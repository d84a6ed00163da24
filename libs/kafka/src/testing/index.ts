export { MemoryKafka } from './memory/memory-kafka.ts';
export { readTopic } from './read-topic.ts';
