import { withAdmin } from '@sluice/kit/kafka-admin';

/** Records in all dead-letter topics together, by their end offsets: nothing deletes from these during a run. */
export function countDeadLetters(bootstrap: string): Promise<number> {
  return withAdmin(bootstrap, async (admin) => {
    let sum = 0n;
    for (const topic of (await admin.topics()).filter((name) => name.endsWith('.dlq'))) {
      for (const endOffset of (await admin.endOffsets(topic)).values()) sum += endOffset;
    }
    return Number(sum);
  });
}
