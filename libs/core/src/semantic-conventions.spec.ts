import * as published from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, it } from 'vitest';
import { conventions } from './semantic-conventions.ts';

/** Names and values that the package has, without those that it marks as replaced by another. */
const known = new Set<unknown>(Object.values(published));
const replaced = ['messaging.system', 'messaging.kafka.offset', 'messaging.kafka.message.key', 'http.status_code'];

function textsOf(value: object): string[] {
  return Object.values(value).flatMap((one: unknown) =>
    typeof one === 'object' && one ? textsOf(one) : [String(one)],
  );
}

describe('conventions', () => {
  const { version, schemaUrl, ...names } = conventions;

  it('has names that the conventions have, and none that they replaced', () => {
    expect(textsOf(names).filter((name) => !known.has(name))).toEqual([]);
    expect(textsOf(names).filter((name) => replaced.includes(name))).toEqual([]);
  });

  it('says which version that is', () => {
    expect(schemaUrl).toBe(`https://opentelemetry.io/schemas/${version}`);
  });
});
