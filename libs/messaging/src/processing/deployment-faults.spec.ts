import { kindOf } from '@sluice/core';
import type { IncomingRecord } from '@sluice/kafka';
import { describe, expect, it } from 'vitest';
import { DeploymentFaults } from './deployment-faults.ts';

const missing = Object.assign(new Error('relation "things" does not exist'), { code: '42P01' });
const at = (offset: bigint) => ({ topic: 't', partition: 0, offset }) as IncomingRecord;

describe('DeploymentFaults', () => {
  it('has nothing to say about any other error', () => {
    const error = new TypeError('a defect');
    expect(new DeploymentFaults().judge(at(1n), error, 0)).toBe(error);
  });

  it('makes a record wait for as long as no other takes effect, and counts it then, once for each time', () => {
    const faults = new DeploymentFaults();
    faults.tookEffect();
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(kindOf(faults.judge(at(1n), missing, faults.effects))).toBe('unavailable');
    }
    faults.tookEffect();
    expect(faults.judge(at(1n), missing, faults.effects)).toBe(missing);
    expect(kindOf(faults.judge(at(1n), missing, faults.effects))).toBe('unavailable');
  });

  it('leaves the pauses to the consumer: its second would be one for callers of HTTP', () => {
    expect(new DeploymentFaults().judge(at(1n), missing, 0)).toMatchObject({ retryAfterSeconds: 0 });
  });

  it('counts a record at once when others of its batch took effect', () => {
    const faults = new DeploymentFaults();
    const before = faults.effects;
    faults.tookEffect();
    expect(faults.judge(at(1n), missing, before)).toBe(missing);
    expect(kindOf(faults.judge(at(2n), missing, faults.effects))).toBe('unavailable');
  });
});
