import { checked, whole } from '@sluice/core';
import { z } from 'zod';
import type { KafkaDriver } from '@sluice/kafka/driver';
import { kafkajsDriver } from './kafkajs/driver.ts';
import { platformaticDriver } from './platformatic/driver.ts';
import type { DriverOptions } from './driver-options.ts';

export type { DriverOptions } from './driver-options.ts';

const timeout = whole(1).optional();
const timeouts = z.object({ requestTimeoutMs: timeout, connectTimeoutMs: timeout });

/**
 * Opens no connection; those that the driver hands out are to be closed one by one. Throws a `TypeError` for a time limit
 * that is none.
 */
export function kafkaDriver(options: DriverOptions): KafkaDriver {
  checked('a Kafka driver', timeouts, options);
  return options.client === 'platformatic' ? platformaticDriver(options) : kafkajsDriver(options);
}
