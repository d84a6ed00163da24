// What a driver is made of: the port, and what all drivers do in the same way.
export { type Compression, compressions } from './compression.ts';
export { OneBatch } from './one-batch.ts';
export { partitionKey } from './partition-key.ts';
export { PartitionsGone } from './partitions-gone.ts';
export type * from './port.ts';
export { type Fetched, type Fetcher, maxBytes, readPartitions } from './reading.ts';
export { metadataOf, unknownMetadataOf } from './record-metadata.ts';
export { recordBytes } from './record-size.ts';
export { refusedForNow } from './refusals.ts';
