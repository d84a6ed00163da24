import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SimulatedProvider } from '../../test/simulated-provider.ts';
import { ProviderUnavailable } from '../domain/errors.ts';
import { MailQueue } from './mail-queue.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `mail-${i}`);

/** Both flows' mails at once; `drained` resolves when the last one was taken. */
function backlogOf(count: number, provider: SimulatedProvider) {
  const queue = new MailQueue(provider, 64);
  const startedMs = performance.now();
  const sent = ids(count).map((messageId, i) =>
    queue.send({ messageId, to: 'a@x.test', subject: 's', text: 't' }, { lane: i % 3 ? 'kafka' : 'http' }),
  );
  const drained = Promise.all(sent).then(() => (performance.now() - startedMs) / 1_000);
  return { queue, startedMs, drained };
}

const seconds = (n: number): Promise<unknown> => vi.advanceTimersByTimeAsync(n * 1_000);

describe('MailQueue at a provider of unknown capacity', () => {
  it.each([5, 10, 20, 40])(
    'finds %i slots: drains in the ideal time, with few refusals and each mail once',
    async (slots) => {
      const provider = new SimulatedProvider(slots, 100);
      const idealSeconds = 15;
      const count = slots * 10 * idealSeconds;
      const { drained, startedMs } = backlogOf(count, provider);
      await seconds(2 * idealSeconds);
      expect((await drained) / idealSeconds).toBeLessThan(1.1);
      const later = provider.refusedAtMs.filter((atMs) => atMs > startedMs + 2_000);
      expect(later.length / count).toBeLessThan(0.01);
      // It goes on looking for more.
      expect(later.length).toBeGreaterThan(0);
      expect(provider.taken.toSorted()).toEqual(ids(count).toSorted());
    },
  );

  it('follows a provider that lowers its slots from 20 to 5, within 3 s', async () => {
    const provider = new SimulatedProvider(20, 100);
    const { queue, drained } = backlogOf(3_000, provider);
    await seconds(8);
    expect(queue.limit).toBeGreaterThanOrEqual(20);
    provider.slots = 5;
    await seconds(3);
    for (let i = 0; i < 1_000; i += 1) {
      await seconds(0.01);
      expect(queue.inProgress).toBeLessThanOrEqual(6);
    }
    await seconds(60);
    await drained;
    expect(provider.taken.toSorted()).toEqual(ids(3_000).toSorted());
  });

  it.each([0, 2, 4, 6])('follows one that raises them from 5 to 20 after %i s more, within 10 s', async (more) => {
    const provider = new SimulatedProvider(5, 200);
    const { queue, drained } = backlogOf(2_000, provider);
    await seconds(8 + more);
    expect(queue.limit).toBeLessThanOrEqual(6);
    provider.slots = 20;
    await seconds(10);
    expect(provider.inProgress).toBeGreaterThanOrEqual(17);
    await seconds(60);
    await drained;
    expect(provider.taken.toSorted()).toEqual(ids(2_000).toSorted());
  });

  it('sends a refused mail before the others of its lane', async () => {
    const provider = new SimulatedProvider(2, 100);
    const { drained } = backlogOf(12, provider);
    await seconds(2);
    await drained;
    expect(provider.refusedAtMs).toHaveLength(2);
    expect(provider.taken.slice(0, 4).toSorted()).toEqual(ids(4));
  });

  it('waits a moment for a provider that is full of mails of others, then takes it for unavailable', async () => {
    vi.useRealTimers();
    const provider = new SimulatedProvider(0, 1);
    const { queue } = backlogOf(0, provider);
    const send = (messageId: string) =>
      queue.send({ messageId, to: 'a@x.test', subject: 's', text: 't' }, { lane: 'http' });
    const first = send('1');
    await vi.waitFor(() => expect(provider.refusedAtMs).toHaveLength(2));
    provider.slots = 1;
    await first;

    provider.slots = 0;
    const error: unknown = await send('2').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderUnavailable);
    expect(error).toMatchObject({ code: 'mail-provider-unavailable', outcomeUnknown: false });
    expect(queue.inProgress).toBe(0);
  });
});
