import { describe, expect, it } from 'vitest';
import { RequestQueue } from './request-queue.ts';

const limits = { maxBatch: 8, maxQueued: 16, rowsOf: (rows: number) => rows, rowsPerRequest: 10 };

function queueOf(...requests: number[]): RequestQueue<number, void> {
  const queue = new RequestQueue<number, void>(limits);
  for (const request of requests) {
    queue.push({ request, since: 0, resolve: () => undefined, reject: () => undefined });
  }
  return queue;
}

describe('RequestQueue', () => {
  it('is crowded with a quarter of a batch, by requests or by rows', () => {
    expect(queueOf(1).crowded).toBe(false);
    expect(queueOf(1, 1).crowded).toBe(true);
    expect(queueOf(19).crowded).toBe(false);
    expect(queueOf(20).crowded).toBe(true);
  });

  it('is full by requests or by rows, until a batch was taken', () => {
    expect(queueOf(...Array<number>(15).fill(1)).full).toBe(false);
    expect(queueOf(...Array<number>(16).fill(1)).full).toBe(true);
    const queue = queueOf(160);
    expect(queue.full).toBe(true);
    expect(queue.takeBatch()).toHaveLength(1);
    expect(queue.full).toBe(false);
    expect(queue.length).toBe(0);
  });
});
