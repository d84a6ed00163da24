import { describe, expect, it } from 'vitest';
import { Processors, type ProcessorTime } from './processors.ts';

describe('Processors', () => {
  it('returns the share of their time that was used since the last look', () => {
    let time: ProcessorTime = { idle: 1_000, all: 5_000 };
    const processors = new Processors(() => time);
    time = { idle: 1_150, all: 5_200 };
    expect(processors.busyShare(0)).toBeCloseTo(0.25);
    time = { idle: 1_160, all: 5_400 };
    expect(processors.busyShare(100)).toBeCloseTo(0.95);
  });

  it('looks no more often than ten times a second, however often it is asked', () => {
    let looks = 0;
    const processors = new Processors(() => ({ idle: 0, all: ++looks }));
    processors.busyShare(0);
    processors.busyShare(50);
    processors.busyShare(99);
    expect(looks).toBe(2);
    processors.busyShare(100);
    expect(looks).toBe(3);
  });

  it('keeps what it knew when no time has been counted since', () => {
    let time: ProcessorTime = { idle: 0, all: 0 };
    const processors = new Processors(() => time);
    time = { idle: 10, all: 100 };
    expect(processors.busyShare(0)).toBeCloseTo(0.9);
    expect(processors.busyShare(100)).toBeCloseTo(0.9);
  });

  it('sees this machine', async () => {
    const processors = new Processors();
    const end = performance.now() + 150;
    while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
    expect(processors.busyShare()).toBeGreaterThan(0);
    expect(processors.busyShare()).toBeLessThanOrEqual(1);
  });
});
