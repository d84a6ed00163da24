import { silentLog } from '@sluice/core';
import { readPartitions, type KafkaDriver, type ReadOptions } from '@sluice/kafka/driver';
import { defaultMetadataMaxAgeMs, timeoutsOf } from '../connection.ts';
import type { DriverOptions } from '../driver-options.ts';
import { PlatformaticAdmin } from './admin.ts';
import { PlatformaticConsumer } from './consumer.ts';
import { PlatformaticFetcher } from './fetcher.ts';
import { PlatformaticProducer } from './producer.ts';

/** The port on @platformatic/kafka 2.12.1. Nothing connects before it is asked for. See docs/adr/0012. */
export function platformaticDriver(options: DriverOptions): KafkaDriver {
  const timeouts = timeoutsOf(options);
  const { log = silentLog, metadataMaxAgeMs = defaultMetadataMaxAgeMs } = options;
  const parts = { client: options, log, timeouts, metadataMaxAgeMs };
  const admin = (): Promise<PlatformaticAdmin> => PlatformaticAdmin.connect(options, timeouts);
  const fetcher = (wanted: ReadOptions) => PlatformaticFetcher.connect(options, wanted, timeouts);
  return {
    metadataMaxAgeMs,
    admin,
    producer: (wanted) => PlatformaticProducer.connect(options, timeouts.connectMs, wanted),
    consumer: (group) => new PlatformaticConsumer({ ...parts, admin }, group),
    read: (wanted) => readPartitions({ admin, fetcher, silenceMs: timeouts.callMs }, wanted),
  };
}
