import { kafkajsDriver } from './kafkajs/driver.ts';
import { platformaticDriver } from './platformatic/driver.ts';
import type { DriverOptions, KafkaDriver } from './port.ts';

export * from './port.ts';

/** Opens no connection; those that the driver hands out are to be closed one by one. */
export function kafkaDriver(options: DriverOptions): KafkaDriver {
  return options.client === 'platformatic' ? platformaticDriver(options) : kafkajsDriver(options);
}
