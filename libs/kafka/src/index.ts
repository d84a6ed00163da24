export { GroupClash } from './consumer/group-clash.ts';
export type { ConsumerHealth } from './consumer/consumer-health.ts';
export { GroupConsumer } from './consumer/group-consumer.ts';
export type { Stall } from './consumer/progress-watch.ts';
export { type ConsumerInterceptor, ConsumerInterceptors } from './consumer/interceptors.ts';
export { type ConsumerObserver, measureConsuming, silentConsumerObserver } from './consumer/observer.ts';
export type { BatchContext, BatchProcessor, ProcessorFactory, Progress } from './consumer/batch-processor.ts';
export { Throttle } from './consumer/throttle.ts';
export { kafkaDriver } from './drivers/index.ts';
export { measureLag } from './consumer/lag-metrics.ts';
export type { PartitionLag } from './consumer/lag-reader.ts';
export { headerOf } from './drivers/header-of.ts';
export type {
  AdminConnection,
  ConsumerConnection,
  DriverOptions,
  GroupConsumerOptions,
  Header,
  IncomingRecord,
  KafkaDriver,
  NewTopic,
  OffsetCommit,
  ProducerConnection,
  RecordMetadata,
  TopicPartition,
} from './drivers/port.ts';
export { isRefusal, isRefusedForNow } from './drivers/translate.ts';
export { measureBuffer, measureProducing } from './producer/observer.ts';
export { type ProducerOptions, producerLimits } from './producer/options.ts';
export { Producer } from './producer/producer.ts';
export { RefusedTopics, type HeldBack } from './producer/refused-topics.ts';
export { sendInOrder, type Refusal } from './producer/send-in-order.ts';
export type { Outcome } from './producer/accumulator.ts';
export { withAdmin } from './drivers/with-admin.ts';
export { groupLag } from './consumer/group-lag.ts';
export { recordBytes } from './drivers/record-size.ts';
export type { ProducerRecord } from './producer/record.ts';
