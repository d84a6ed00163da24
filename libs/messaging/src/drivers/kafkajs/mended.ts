import { createRequire } from 'node:module';
import type Kafkajs from 'kafkajs';
import { mendChecksum, mendKafkajs } from './quirks.ts';

mendChecksum();

/** kafkajs as the driver uses it. Where an application has loaded it before, only the checksum stays as it was. */
export const kafkajs = createRequire(import.meta.url)('kafkajs') as typeof Kafkajs;
mendKafkajs();
