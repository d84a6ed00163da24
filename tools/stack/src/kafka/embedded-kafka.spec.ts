import { expect, it } from 'vitest';
import { jvmOptions } from './embedded-kafka.ts';

it('leaves the optimising compiler out, unless the broker lives long enough to gain by it', () => {
  expect(jvmOptions('jars')).toContain('-XX:TieredStopAtLevel=1');
  expect(jvmOptions('jars', true).join(' ')).not.toContain('TieredStopAtLevel');
});
