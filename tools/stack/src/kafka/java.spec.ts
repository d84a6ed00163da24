import { expect, it } from 'vitest';
import { majorVersion } from './java.ts';

it.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_392"', 8],
  ['openjdk version "25" 2025-09-16', 25],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.4" 2024-07-16 LTS', 21],
  ['bash: java: command not found', undefined],
])('reads the version out of %j', (text, version) => {
  expect(majorVersion(text)).toBe(version);
});
