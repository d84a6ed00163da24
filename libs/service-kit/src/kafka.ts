import { Logger } from '@nestjs/common';
import type { KafkaDriver } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { nestLog } from '@sluice/messaging';
import type { BaseConfig } from './config.ts';

/** The driver that a service's configuration chooses, for `MessagingModule`. Opens no connection. */
export function kafkaOf(config: BaseConfig): KafkaDriver {
  return kafkaDriver({
    brokers: config.kafkaBrokers,
    clientId: config.service,
    client: config.kafkaDriver,
    metadataMaxAgeMs: config.kafkaMetadataMaxAgeMs,
    log: nestLog(new Logger('kafka')),
  });
}
