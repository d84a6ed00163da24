import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetterAdmin, DeadLetterAdminParts } from '../src/dead-letters/dead-letter-admin.ts';
import type { ReplayReport } from '../src/dead-letters/replay.ts';
import { ReplayAudit } from '../src/dead-letters/replay-audit.ts';
import type { Selection } from '../src/dead-letters/selection.ts';
import { AppError } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { Harness, type Handler } from './consumer-harness.ts';
import { adminOf } from './dead-letter-admin-of.ts';

const all: Selection = { all: true };

describe('dead letters', () => {
  let on: Harness;
  let audit: ReplayAudit;
  /** Texts that the handler refuses; a fix empties it. */
  let poison: Set<string>;

  beforeEach(async () => {
    on = await Harness.open();
    audit = new ReplayAudit(on.db.transactions);
    poison = new Set();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const refusePoison: Handler = async (events, tx) => {
    await on.apply(events, tx);
    const [bad] = events.filter(({ data }) => poison.has(data.text));
    if (bad) throw new AppError('invalid', 'no-poison', `order ${bad.id} says "${bad.data.text}"`);
  };

  const admin = (parts: Partial<DeadLetterAdminParts> = {}): DeadLetterAdmin => adminOf(on, { audit, ...parts });
  const replay = (selection: Selection = all, options: object = {}, from = admin()): Promise<ReplayReport> =>
    from.replay({ selection, requestedBy: 'somebody', reason: 'fixed', ...options });
  const outcomes = ({ letters }: ReplayReport): string[] => letters.map(({ outcome }) => outcome);
  const auditRows = async (): Promise<unknown[]> => {
    const { rows } = await on.db.pool.query<Record<string, unknown>>('select * from dead_letter_replays');
    return rows;
  };
  const recordsInTopic = async (): Promise<bigint> => (await on.admin.endOffsets(on.contract.name)).get(0) ?? 0n;

  /** Sends messages of which some are refused, and waits until all are dealt with. */
  async function deadLetter(texts: string[], refused: string[]): Promise<string[]> {
    poison = new Set(refused);
    const ids = await on.send(...texts.map((text, i) => ({ text, version: i + 1, key: `key-${text}` })));
    await on.join(refusePoison);
    await eventually(async () => expect(await on.committed()).toBe(BigInt(texts.length)));
    return ids;
  }

  it('are none when there is no topic for them yet', async () => {
    expect(await admin({ group: 'nobody' }).list()).toEqual({ items: [], total: 0 });
  });

  it('can be listed, grouped by cause and looked at, with key, reason and origin', async () => {
    const ids = await deadLetter(['a', 'b', 'c'], ['a', 'c']);
    await on.sendRaw('not JSON', { ce_specversion: '1.0', ce_type: 'thing.changed' });
    await eventually(async () => expect(await on.committed()).toBe(4n));

    const { items, total } = await admin().list();
    expect(total).toBe(3);
    expect(items.map(({ origin }) => origin.offset)).toEqual(expect.arrayContaining([0n, 2n, 3n]));
    expect((await admin().list(all, 1)).items).toHaveLength(1);
    expect((await admin().list({ key: 'key-c' })).items).toMatchObject([{ key: 'key-c', code: 'no-poison' }]);

    const [group, other] = await admin().groups();
    expect(group).toMatchObject({ code: 'no-poison', exceptionClass: 'AppError', dead: 2, total: 2 });
    expect(other).toMatchObject({ exceptionClass: 'DecodeError', dead: 1 });
    const ofCause = await admin().list({ fingerprint: group?.fingerprint ?? '' });
    expect(ofCause.items.map(({ key }) => key).sort()).toEqual(['key-a', 'key-c']);

    const { letter, replay: row } = await admin().get(ofCause.items.find(({ key }) => key === 'key-a')?.id ?? '');
    expect(letter.message).toBe(`order ${ids[0]} says "a"`);
    expect(String(letter.record.value)).toBe('{"text":"a"}');
    expect(letter.stack).toContain('dead-letters.int-spec');
    expect(row).toBeUndefined();
    await expect(admin().get(randomUUID())).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('change nothing in a dry run', async () => {
    await deadLetter(['a', 'b'], ['a']);
    const report = await replay(all, { dryRun: true });
    expect(outcomes(report)).toEqual(['would-replay']);
    expect(await recordsInTopic()).toBe(2n);
    expect(await auditRows()).toEqual([]);
    expect((await admin().list()).items).toMatchObject([{ state: 'dead' }]);
  });

  it('take effect once when replayed after the fix, and a second replay does nothing', async () => {
    const [id] = await deadLetter(['a', 'b'], ['a']);
    const { rows } = await on.db.pool.query('select message_id from inbox');
    expect(rows.map(({ message_id }: { message_id: string }) => message_id)).not.toContain(id);

    poison.clear();
    const report = await replay({ key: 'key-a' });
    expect(outcomes(report)).toEqual(['replayed']);
    await eventually(async () => expect(await on.texts()).toEqual(['b', 'a']));
    expect(await auditRows()).toMatchObject([
      { letter_id: report.letters[0]?.id, requested_by: 'somebody', reason: 'fixed', filter: { key: 'key-a' } },
    ]);
    expect((await admin().get(report.letters[0]?.id ?? '')).replay).toMatchObject({ state: 'replayed', sentTo: '0@2' });

    expect(outcomes(await replay())).toEqual(['already-replayed']);
    expect(await recordsInTopic()).toBe(3n);
    expect((await admin().groups())[0]).toMatchObject({ dead: 0, total: 1 });
  });

  it('fail again as another letter that counts the replay, and can be replayed again', async () => {
    await deadLetter(['a'], ['a']);
    const first = await replay();
    await eventually(async () => expect((await admin().list()).total).toBe(2));
    const again = (await admin().list()).items.find(({ state }) => state === 'dead');
    expect(again).toMatchObject({ replayCount: 1, replayOf: first.letters[0]?.id });

    poison.clear();
    expect(outcomes(await replay(all, { until: first.asOf }))).toEqual(['already-replayed']);
    expect(outcomes(await replay({ ids: [again?.id ?? ''] }))).toEqual(['replayed']);
    await eventually(async () => expect(await on.texts()).toEqual(['a']));
  });

  it('are produced once when two replay at the same time', async () => {
    await deadLetter(['a', 'b', 'c'], ['a', 'b', 'c']);
    poison.clear();
    const reports = await Promise.all([replay(), replay()]);
    expect(reports.flatMap(outcomes).filter((outcome) => outcome === 'replayed')).toHaveLength(3);
    expect(await recordsInTopic()).toBe(6n);
    await eventually(async () => expect((await on.texts()).sort()).toEqual(['a', 'b', 'c']));
  });

  it('may be taken over from a replay that died, and the inbox makes the second record harmless', async () => {
    await deadLetter(['a'], ['a']);
    poison.clear();
    const dies = {
      send: async (...args: Parameters<typeof on.producer.send>) => {
        await on.producer.send(...args);
        // As a process that ends here: nothing after the record was written happens.
        return new Promise<never>(() => undefined);
      },
    };
    void replay(all, {}, admin({ producer: dies }));
    await eventually(async () => expect(await on.texts()).toEqual(['a']));

    expect(outcomes(await replay())).toEqual(['in-progress']);
    expect(outcomes(await replay(all, { dryRun: true }))).toEqual(['in-progress']);
    await on.db.pool.query('update dead_letter_replays set lease_until = now()');
    expect(outcomes(await replay())).toEqual(['replayed']);
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(await on.texts()).toEqual(['a']);
  });

  it('are free again at once when the record could not be sent', async () => {
    await deadLetter(['a'], ['a']);
    const away = { send: () => Promise.reject(new AppError('unavailable', 'not-acknowledged', 'no broker')) };
    await expect(replay(all, {}, admin({ producer: away }))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await auditRows()).toMatchObject([{ sent_at: null, error: 'no broker' }]);
    expect(outcomes(await replay())).toEqual(['replayed']);
    expect(await auditRows()).toMatchObject([{ error: null }]);
  });

  it('are refused when cut, or when other groups may have forgotten the event', async () => {
    await deadLetter(['a'], ['a']);
    await on.sendRaw('x'.repeat(900_000));
    await eventually(async () => expect(await on.committed()).toBe(2n));
    const report = await replay(all, {}, admin({ maxAgeMs: -1 }));
    expect(report.letters).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('older than') as string },
      { outcome: 'refused', detail: expect.stringContaining('only a part') as string },
    ]);
    expect(await auditRows()).toEqual([]);
    expect(await recordsInTopic()).toBe(2n);
  });

  it('are replayed in the order of their origin, no faster than asked for, as far as time allows', async () => {
    await deadLetter(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd']);
    poison.clear();
    // The second has its turn after a second, the third would only have it after two.
    const first = await replay(all, { ratePerSecond: 1, budgetMs: 1_900 });
    expect(outcomes(first)).toEqual(['replayed', 'replayed']);
    expect(first.left).toBe(2);
    const second = await replay(all, { until: first.asOf });
    expect(outcomes(second)).toEqual(['already-replayed', 'already-replayed', 'replayed', 'replayed']);
    expect(second.left).toBe(0);
    await eventually(async () => expect(await on.texts()).toEqual(['a', 'b', 'c', 'd']));
  });

  it('reach the failed group only: for another group of the topic the replay is a duplicate', async () => {
    await deadLetter(['a'], ['a']);
    poison.clear();
    const seen: string[] = [];
    const group = `${on.group}-other`;
    await on.join(async (events) => void seen.push(...events.map(({ data }) => data.text)), { group });
    await eventually(() => expect(seen).toEqual(['a']));
    await replay();
    await eventually(async () => expect((await on.admin.committedOffsets(group, on.contract.name)).get(0)).toBe(2n));
    await eventually(async () => expect(await on.texts()).toEqual(['a']));
    expect(seen).toEqual(['a']);
  });
});
