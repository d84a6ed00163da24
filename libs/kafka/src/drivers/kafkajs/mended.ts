import { createRequire } from 'node:module';
import type Kafkajs from 'kafkajs';
import { mendKafkajs, replaceModules } from './quirks.ts';

let mended: typeof Kafkajs | undefined;

/**
 * kafkajs as the driver uses it; loaded by whoever asks first, so that nothing is mended in a process that only imports
 * this library. Where an application has loaded kafkajs before, its modules stay as they are.
 */
export function mendedKafkajs(): typeof Kafkajs {
  if (!mended) {
    replaceModules();
    mended = createRequire(import.meta.url)('kafkajs') as typeof Kafkajs;
    mendKafkajs();
  }
  return mended;
}
