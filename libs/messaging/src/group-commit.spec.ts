import { OutcomeUnknown } from '@sluice/core';
import { describe, expect, it } from 'vitest';
import { GroupCommit, type CommittedBatch, type GroupCommitOptions } from './group-commit.ts';
import { Transactions, type Transaction } from './transaction.ts';

/** Commits when released; a commit may be made to fail. */
class ManualTransactions extends Transactions {
  readonly held: (() => void)[] = [];
  hold = false;
  commitError: Error | undefined;

  release(): void {
    for (const release of this.held.splice(0)) release();
  }

  override async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = await work({} as Transaction);
    if (this.hold) await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.commitError) throw this.commitError;
    return result;
  }
}

const limits = { name: 'intake', maxBatch: 3, maxQueued: 100, rowsOf: () => 1, rowsPerRequest: 10 };

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
    { ...limits, ...options },
  );
  return { transactions, batches, commit };
}

/** Until the work that is ready has been done: the first flush begins with an immediate. */
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
    transactions.release();
    await submitted;
  });

  it('has one flush at a time; what arrives meanwhile leaves together after it, in order, by full batches', async () => {
    const { commit, transactions, batches } = intakeOf({ maxBatch: 8 });
    transactions.hold = true;
    const all = [commit.submit('a')];
    await turn();
    all.push(...['b', 'c', 'd'].map((request) => commit.submit(request)));
    await turn();
    expect(batches).toEqual([['a']]);
    transactions.release();
    await all[0];
    await turn();
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
    all.push(...[...'efghijklmno'].map((request) => commit.submit(request)));
    await turn();
    expect(batches).toHaveLength(2);
    transactions.hold = false;
    transactions.release();
    await Promise.all(all);
    expect(batches.map((batch) => batch.join(''))).toEqual(['a', 'bcd', 'efghijkl', 'mno']);
  });

  it('reports each batch that was committed', async () => {
    const committed: CommittedBatch[] = [];
    const { commit } = intakeOf({ maxBatch: 8, onCommit: (batch) => committed.push(batch) });
    await commit.submit('a');
    await Promise.all(['b', 'c', 'd'].map((request) => commit.submit(request)));
    const waitMs = expect.any(Number) as number;
    expect(committed).toEqual([
      { size: 1, waitMs },
      { size: 3, waitMs },
    ]);
  });

  it('does not let requests wait that come one at a time', async () => {
    const { commit, batches } = intakeOf();
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
    transactions.release();
    await Promise.all(all);
    expect(batches.flat()).toEqual(['a', 'b', 'c']);
    expect(commit.full).toBe(false);
  });

  it('is full by rows as well, until a batch was taken', async () => {
    const { commit } = intakeOf({ maxQueued: 16, rowsOf: (request) => Number(request) });
    const all = [commit.submit('159')];
    expect(commit.full).toBe(false);
    all.push(commit.submit('1'));
    expect(commit.full).toBe(true);
    await expect(commit.submit('1')).rejects.toMatchObject({ code: 'intake-full' });
    await Promise.all(all);
    expect([commit.full, commit.queued]).toEqual([false, 0]);
  });

  it('does not run each alone when the database is unavailable', async () => {
    const { commit, batches } = intakeOf({}, () => withCode('ECONNREFUSED'));
    const results = await Promise.allSettled(['a', 'b'].map((request) => commit.submit(request)));
    expect(results.map((result): unknown => (result.status === 'rejected' ? result.reason : undefined))).toEqual([
      expect.objectContaining({ code: 'ECONNREFUSED' }),
      expect.objectContaining({ code: 'ECONNREFUSED' }),
    ]);
    expect(batches).toHaveLength(1);
  });

  it('runs each alone again after a lock conflict', async () => {
    let conflicts = 1;
    const { commit, batches } = intakeOf({}, () => (conflicts-- > 0 ? withCode('40P01') : undefined));
    await Promise.all(['a', 'b'].map((request) => commit.submit(request)));
    expect(batches).toEqual([['a', 'b'], ['a'], ['b']]);
  });

  it('runs none again when COMMIT was not answered', async () => {
    const { commit, transactions, batches } = intakeOf();
    transactions.commitError = new OutcomeUnknown('x', { cause: new Error('Connection terminated unexpectedly') });
    const results = await Promise.allSettled(['a', 'b'].map((request) => commit.submit(request)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(batches).toEqual([['a', 'b']]);
  });

  it.each([
    ['who waited for long', 0, ['refused', 'refused', 'refused', 'refused']],
    ['no one who has just come', 60_000, ['refused', 'refused', 'refused', 'done']],
  ])('refuses %s with the outage that ended the transaction before', async (_, outageWaitMs, expected) => {
    const { commit } = intakeOf({ outageWaitMs }, (request) => (request === 'a' ? withCode('57P01') : undefined));
    const submit = (request: string) =>
      commit.submit(request).then(
        () => 'done',
        () => 'refused',
      );
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(submit))).toEqual(expected);
    expect(commit.queued).toBe(0);
    await expect(commit.submit('e')).resolves.toBe('done e');
  });
});
