import { messageOf, newId } from '@sluice/core';
import type { OffsetCommit } from '@sluice/kafka';
import type { ReplayAudit } from './replay-audit.ts';

export interface SkipRequest extends OffsetCommit {
  /** Where the group goes on; default: the next offset. A batch that can't be decoded has many. */
  to?: bigint | undefined;
  /** Both are kept in the audit row. */
  requestedBy: string;
  reason: string;
}

export interface SkipParts {
  audit: ReplayAudit;
  /** Of the member of the group in this process. */
  member: { skip(at: OffsetCommit, to: bigint): Promise<void> };
}

const noLeaseMs = 0;

/**
 * Moves the group past what no member can read; resolves with where it goes on. `offset` must be where the group is, because
 * nothing is kept of what is skipped but the audit row. Rejects like `GroupConsumer.skip`, and has changed nothing then.
 */
export async function skip({ audit, member }: SkipParts, request: SkipRequest): Promise<bigint> {
  const { topic, partition, offset, to = offset + 1n, requestedBy, reason } = request;
  const id = newId();
  const about = { id, fingerprint: 'skip', replayCount: 0, origin: { topic, partition, offset, timestampMs: 0 } };
  const selection = { skip: { from: String(offset), to: String(to) } };
  await audit.claim(about, { requestedBy, reason, selection }, noLeaseMs);
  try {
    await member.skip({ topic, partition, offset }, to);
  } catch (error) {
    await audit.release(id, messageOf(error));
    throw error;
  }
  await audit.markSent(id, { topic, partition, offset: to });
  return to;
}
