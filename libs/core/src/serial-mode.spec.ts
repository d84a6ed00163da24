import { describe, expect, it } from 'vitest';
import { SerialMode } from './serial-mode.ts';

/** Work that notes when it runs, and ends when it is told to. */
function open(log: string[], name: string) {
  const end = Promise.withResolvers<void>();
  const work = async (): Promise<void> => {
    log.push(`${name} begins`);
    await end.promise;
    log.push(`${name} ends`);
  };
  return { work, end: () => end.resolve() };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('a suspect', () => {
  it('waits for the work under way and keeps all other work waiting, with those that follow it at once', async () => {
    const serialMode = new SerialMode();
    const log: string[] = [];
    const [before, first, second, after] = ['before', 'first', 'second', 'after'].map((name) => open(log, name));
    const all = [
      serialMode.together(before!.work),
      settled().then(() => serialMode.alone(first!.work).then(() => serialMode.alone(second!.work))),
    ];
    await settled();
    await settled();
    all.push(serialMode.together(after!.work));
    for (const one of [before, first, second, after]) {
      one!.end();
      await settled();
    }
    await Promise.all(all);
    expect(log).toEqual(['before', 'first', 'second', 'after'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('keeps nothing waiting after it has failed', async () => {
    const serialMode = new SerialMode();
    const fails = (): Promise<never> => Promise.reject(new Error('poison'));
    await expect(serialMode.alone(fails)).rejects.toThrow('poison');
    expect(await serialMode.together(async () => 1)).toBe(1);
  });

  it('that hangs stops nobody else for ever', async () => {
    const serialMode = new SerialMode(20);
    const hanging = open([], 'hanging');
    const suspect = serialMode.alone(hanging.work);
    expect(await serialMode.together(async () => 1)).toBe(1);
    hanging.end();
    await suspect;
  });
});
