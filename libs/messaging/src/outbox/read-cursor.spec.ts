import { describe, expect, it } from 'vitest';
import { ReadCursor } from './read-cursor.ts';

describe('where the relay reads from', () => {
  it('is the beginning, as long as that costs little', () => {
    const cursor = new ReadCursor();
    expect(cursor.next(0)).toBe('0');
    cursor.record('700', 1, 1);
    expect(cursor.next(10)).toBe('0');
  });

  it('is the last batch in between, and the beginning for a tenth of the time', () => {
    const cursor = new ReadCursor();
    cursor.next(0);
    cursor.record('700', 100, 100);
    expect(cursor.next(101)).toBe('700');
    cursor.record('1200', 1, 102);
    expect(cursor.next(900)).toBe('1200');
    cursor.record(undefined, 1, 901);
    expect(cursor.next(999)).toBe('1200');
    expect(cursor.next(1_000)).toBe('0');
  });

  it('stays above a row that committed late', () => {
    const cursor = new ReadCursor();
    cursor.next(0);
    cursor.record('700', 10, 10);
    cursor.next(100);
    cursor.record('5', 10, 110);
    expect(cursor.next(111)).toBe('700');
  });
});
