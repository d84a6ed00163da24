import type { CompressionTypes } from 'kafkajs';
import { compressions, type Compression } from '@sluice/kafka/driver';
import { codecs } from '../codecs.ts';
import { patchedKafkajs } from './patched.ts';

/** What kafkajs's encoder of records has. */
interface Encoder {
  buffer: Buffer;
}

/** The number of a codec, which kafkajs can write with from now on; its own gzip works in threads. */
export function codecFor(compression: Compression): CompressionTypes {
  const number = compressions.indexOf(compression);
  if (compression !== 'none' && compression !== 'gzip') {
    const codec = codecs[compression];
    // What is read has no compression by then, see patches/unreadable-batches.ts.
    const known: Record<number, () => object> = patchedKafkajs().CompressionCodecs;
    known[number] = () => ({ compress: async ({ buffer }: Encoder) => codec.compress(buffer) });
  }
  return number;
}
