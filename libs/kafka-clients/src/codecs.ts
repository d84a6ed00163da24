import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { lz4Compress, lz4Decompress, snappyCompress, snappyDecompress } from '@platformatic/wasm-utils';
import type { Compression } from '@sluice/kafka/driver';

interface Codec {
  compress(bytes: Buffer): Buffer;
  decompress(bytes: Buffer): Buffer;
}

/** The same for both clients: kafkajs brings gzip only. */
export const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: { compress: gzipSync, decompress: gunzipSync },
  snappy: { compress: snappyCompress, decompress: fromSnappy },
  lz4: { compress: lz4Compress, decompress: lz4Decompress },
  zstd: { compress: zstdCompressSync, decompress: zstdDecompressSync },
};

/** The framing of snappy-java, which Kafka's own client and brokers write: a header, then blocks behind their lengths. */
const framing = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const framingHeaderBytes = 16;

function fromSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, framing.length).equals(framing)) return snappyDecompress(bytes);
  const blocks: Buffer[] = [];
  for (let at = framingHeaderBytes; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at);
    blocks.push(snappyDecompress(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}
