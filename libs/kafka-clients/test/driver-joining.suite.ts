import { expect, it, onTestFinished } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { DriverBench, Recorder, type DriverEnvironment } from '@sluice/kafka/testing/conformance';
import { foreignMember } from './foreign-member.ts';

/** What only a real coordinator refuses. */
export function joiningSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it('says that it may not join beside a member with another assignor, and may when that has left', async () => {
    const [topic, group] = [await bench.topic(1), freshName('group')];
    const foreign = await foreignMember(group, topic);
    onTestFinished(() => foreign.leave());
    await expect(bench.join(group, topic)).rejects.toMatchObject({ kind: 'unavailable', code: 'not-joined' });
    await foreign.leave();
    const { recorder } = await bench.join(group, topic);
    await bench.produce(topic, 0, ['a']);
    await eventually(() => expect(recorder.values).toEqual(['a']));
  });

  it('says that its session timeout is out of bounds', async () => {
    const [topic, group] = [await bench.topic(1), freshName('group')];
    const sessionTimeoutMs = 100_000_000;
    const member = bench.driver.consumer({ group, topics: [topic], sessionTimeoutMs });
    onTestFinished(() => member.stop());
    await expect(member.start(new Recorder())).rejects.toMatchObject({ kind: 'unavailable', code: 'not-joined' });
  });
}
