import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { form } from './support/form.ts';
import { OutboxLab } from './support/outbox-lab.ts';
import { relaySteps, type RelayStep } from './support/relay-process.ts';

/** Nothing lost, nothing invented, no key out of order; repetitions are allowed and counted. */
const flawless = { missed: 0, ghosts: 0, inversions: 0 };

describe('the outbox, with 16 writers on 200 keys that commit slowly', () => {
  let lab: OutboxLab;

  beforeEach(async () => {
    lab = await OutboxLab.open();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  it('survives that its relay freezes past its lease and wakes beside its successor', async () => {
    const freezes = form({ quick: 2, ci: 10, long: 30 });
    const relays = [lab.relay(), lab.relay()];
    const stopWriting = lab.startWriting();
    for (let n = 0; n < freezes; n++) {
      // With a request on its way, which may arrive now or when it wakes.
      const frozen = await Promise.race(relays.map((relay) => relay.reaches('sending').then(() => relay)));
      frozen.freeze();
      const others = relays.filter((relay) => relay !== frozen);
      await Promise.race(others.map((relay) => relay.reaches('published')));
      frozen.wake();
      // It must notice by itself that its time is over, while the other goes on.
      for (let batch = 0; batch < 20; batch++) await Promise.race(relays.map((relay) => relay.reaches('published')));
    }
    await stopWriting();
    await lab.allSent();
    const verdict = await lab.verdict();
    expect(verdict).toMatchObject(flawless);
    // Every takeover repeats the batch that was under way at most; two relays at work would repeat far more.
    const takeovers = await lab.epoch();
    expect(takeovers).toBeGreaterThan(freezes);
    expect(verdict.repetitions).toBeLessThanOrEqual(takeovers * lab.batchSize);
  });

  it('survives kill -9 of its relay before a request, during it, and before the rows are deleted', async () => {
    const kills = form({ quick: 5, ci: 15, long: 50 });
    let started = 0;
    const killedAt = new Set<RelayStep>();
    const relayToKill = () => {
      const at = relaySteps[started % relaySteps.length] ?? 'committed';
      const relay = lab.relay({ hang: { at, inBatch: 1 + (started % 4) } });
      started += 1;
      const hung = relay.hangs().then((step) => ({ relay, step }));
      // The last ones are killed wherever they are.
      hung.catch(() => undefined);
      return { relay, hung };
    };
    // One stands by while the other is killed, so that the takeover takes a lease and not the start of a process.
    let running = [relayToKill(), relayToKill()];
    const stopWriting = lab.startWriting();
    for (let n = 0; n < kills; n++) {
      const { relay, step } = await Promise.race(running.map(({ hung }) => hung));
      killedAt.add(step);
      await relay.kill();
      running = [...running.filter((other) => other.relay !== relay), relayToKill()];
    }
    await stopWriting();
    // Those that are left hang sooner or later, so one that does not takes over.
    await Promise.all(running.map(({ relay }) => relay.kill()));
    lab.relay();
    await lab.allSent();
    const verdict = await lab.verdict();
    expect(verdict).toMatchObject(flawless);
    expect(verdict.repetitions).toBeGreaterThan(0);
    expect([...killedAt].toSorted()).toEqual([...relaySteps].toSorted());
  });
});
