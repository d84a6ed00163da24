import { expect, it } from 'vitest';
import { explain } from './maven.ts';

it("passes Maven's reason on without its ornaments, in one line", () => {
  const error = '[ERROR] Could not resolve dependencies for project x:pom:1: disk full -> [Help 1]';
  expect(explain(error)).toBe(
    'Maven could not fetch Kafka. Its reason: Could not resolve dependencies for project x:pom:1: disk full',
  );
});

it('names the network when it looks like the network', () => {
  const error = '[ERROR] Plugin x: Could not transfer artifact y from/to central: repo.maven.apache.org: Unknown host';
  expect(explain(error)).toContain('needs a network that reaches Maven Central');
});
