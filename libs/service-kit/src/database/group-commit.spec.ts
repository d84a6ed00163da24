import { Transactions, type Transaction } from '@sluice/messaging';
import { describe, expect, it } from 'vitest';
import { OutcomeUnknown } from '@sluice/core';
import { GroupCommit, type Flush, type GroupCommitOptions } from './group-commit.ts';

/** Commits when told to; a commit may be made to fail. */
class ManualTransactions extends Transactions {
  readonly held: (() => void)[] = [];
  hold = false;
  commitError: Error | undefined;

  override async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = await work({} as Transaction);
    if (this.hold) await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.commitError) throw this.commitError;
    return result;
  }
}

const pauseOf = (ms: number) => ({ delayMs: () => ms });

const none = {
  name: 'intake',
  maxBatch: 3,
  maxQueued: 100,
  maxFlushes: 2,
  pace: pauseOf(0),
  rowsOf: () => 1,
  rowsPerRequest: 10,
};

function intakeOf(
  options: Partial<GroupCommitOptions<string>> = {},
  fail: (request: string) => Error | undefined = () => undefined,
) {
  const transactions = new ManualTransactions();
  const batches: string[][] = [];
  const commit = new GroupCommit<string, string>(
    transactions,
    async (_tx, requests) => {
      batches.push(requests);
      for (const request of requests) {
        const error = fail(request);
        if (error) throw error;
      }
      return requests.map((request) => `done ${request}`);
    },
    { ...none, ...options },
  );
  return { transactions, batches, commit };
}

/** Until the work that is ready has been done: flushes begin with an immediate. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('GroupCommit', () => {
  it('flushes a lone request at once', async () => {
    const { commit, batches } = intakeOf();
    await expect(commit.submit('a')).resolves.toBe('done a');
    expect(batches).toEqual([['a']]);
  });

  it('answers each request with its own outcome, in one transaction', async () => {
    const { commit, batches } = intakeOf();
    const outcomes = await Promise.all(['a', 'b', 'c'].map((request) => commit.submit(request)));
    expect(outcomes).toEqual(['done a', 'done b', 'done c']);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('answers after the commit, not before', async () => {
    const { commit, transactions } = intakeOf();
    transactions.hold = true;
    let answered = false;
    const submitted = commit.submit('a').then(() => (answered = true));
    await turn();
    expect(answered).toBe(false);
    transactions.held.forEach((release) => release());
    await submitted;
  });

  it('gathers a quarter of a batch while a flush is under way, in order, and never has more than two', async () => {
    const { commit, transactions, batches } = intakeOf({ maxBatch: 8 });
    transactions.hold = true;
    const all = [commit.submit('a')];
    await turn();
    all.push(commit.submit('b'));
    await turn();
    expect(batches).toEqual([['a']]);
    all.push(...['c', 'd'].map((request) => commit.submit(request)));
    await turn();
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
    all.push(...[...'efghijklmno'].map((request) => commit.submit(request)));
    await turn();
    expect(batches).toHaveLength(2);
    transactions.hold = false;
    transactions.held.forEach((release) => release());
    await Promise.all(all);
    expect(batches.map((batch) => batch.join(''))).toEqual(['a', 'bcd', 'efghijkl', 'mno']);
  });

  it('tells of each batch that was committed, and whether it came in a crowd', async () => {
    const flushes: Flush[] = [];
    const { commit } = intakeOf({ maxBatch: 8, onFlush: (flush) => flushes.push(flush) });
    await commit.submit('a');
    await Promise.all(['b', 'c', 'd'].map((request) => commit.submit(request)));
    expect(flushes).toEqual([
      { size: 1, crowded: false, waitMs: expect.any(Number) as number },
      { size: 3, crowded: true, waitMs: expect.any(Number) as number },
    ]);
  });

  it('has as many transactions at a time as it may', async () => {
    const { commit, transactions, batches } = intakeOf({ maxBatch: 1, maxFlushes: 3 });
    transactions.hold = true;
    const all = ['a', 'b', 'c', 'd'].map((request) => commit.submit(request));
    await turn();
    expect(batches).toEqual([['a'], ['b'], ['c']]);
    transactions.hold = false;
    transactions.held.forEach((release) => release());
    await Promise.all(all);
    expect(batches).toHaveLength(4);
  });

  it('waits a moment for more after a flush, but not with a quarter of a batch', async () => {
    const { commit, batches } = intakeOf({ maxBatch: 12, pace: pauseOf(500) });
    await Promise.all([commit.submit('a'), commit.submit('b')]);
    const late = [commit.submit('c')];
    await turn();
    expect(batches).toEqual([['a', 'b']]);
    late.push(commit.submit('d'), commit.submit('e'));
    await turn();
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    late.push(commit.submit('f'));
    await Promise.all(late);
    expect(batches.at(-1)).toEqual(['f']);
  });

  it('waits by the pace of the process unless it is told otherwise: hardly at all when that is idle', async () => {
    const { commit, batches } = intakeOf({ maxBatch: 12, pace: undefined });
    await Promise.all([commit.submit('a'), commit.submit('b')]);
    const begun = performance.now();
    await commit.submit('c');
    expect(performance.now() - begun).toBeLessThan(100);
    expect(batches).toEqual([['a', 'b'], ['c']]);
  });

  it('does not let requests wait that come one at a time', async () => {
    const { commit, batches } = intakeOf({ pace: pauseOf(60_000) });
    for (const request of ['a', 'b', 'c']) await commit.submit(request);
    expect(batches).toEqual([['a'], ['b'], ['c']]);
  });

  it('ends a batch at the limit of rows, and lets a larger request go alone', async () => {
    const rowsOf = (request: string) => Number(request);
    const { commit, batches } = intakeOf({ maxBatch: 2, rowsPerRequest: 5, rowsOf });
    await Promise.all(['6', '6', '99', '1'].map((request) => commit.submit(request)));
    expect(batches).toEqual([['6'], ['6'], ['99'], ['1']]);
  });

  it('lets one bad request fail alone', async () => {
    const bad = new Error('bad');
    const { commit } = intakeOf({}, (request) => (request === 'b' ? bad : undefined));
    const results = await Promise.allSettled(['a', 'b', 'c'].map((request) => commit.submit(request)));
    expect(results).toEqual([
      { status: 'fulfilled', value: 'done a' },
      { status: 'rejected', reason: bad },
      { status: 'fulfilled', value: 'done c' },
    ]);
  });

  it('refuses when the queue is full, before anything is written', async () => {
    const { commit, transactions, batches } = intakeOf({ maxQueued: 2 });
    transactions.hold = true;
    const all = [commit.submit('a')];
    await turn();
    all.push(commit.submit('b'), commit.submit('c'));
    await expect(commit.submit('d')).rejects.toMatchObject({ kind: 'unavailable', code: 'intake-full' });
    expect(commit.full).toBe(true);
    transactions.hold = false;
    transactions.held.forEach((release) => release());
    await Promise.all(all);
    expect(batches.flat()).toEqual(['a', 'b', 'c']);
    expect(commit.full).toBe(false);
  });

  it('does not try everyone alone when the database is away', async () => {
    const { commit, batches } = intakeOf({}, () => withCode('ECONNREFUSED'));
    const results = await Promise.allSettled(['a', 'b'].map((request) => commit.submit(request)));
    expect(results.map((result): unknown => (result.status === 'rejected' ? result.reason : undefined))).toEqual([
      expect.objectContaining({ code: 'ECONNREFUSED' }),
      expect.objectContaining({ code: 'ECONNREFUSED' }),
    ]);
    expect(batches).toHaveLength(1);
  });

  it('tries everyone alone after a lock conflict', async () => {
    let conflicts = 1;
    const { commit, batches } = intakeOf({}, () => (conflicts-- > 0 ? withCode('40P01') : undefined));
    await Promise.all(['a', 'b'].map((request) => commit.submit(request)));
    expect(batches).toEqual([['a', 'b'], ['a'], ['b']]);
  });

  it('tries nobody again when COMMIT was not answered', async () => {
    const { commit, transactions, batches } = intakeOf();
    transactions.commitError = new OutcomeUnknown('x', { cause: new Error('Connection terminated unexpectedly') });
    const results = await Promise.allSettled(['a', 'b'].map((request) => commit.submit(request)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(batches).toEqual([['a', 'b']]);
  });
});
