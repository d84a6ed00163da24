/** Kafka's codecs, in the order of the numbers that a batch has for them. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type Compression = (typeof compressions)[number];
