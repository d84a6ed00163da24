import type { Header } from './port.ts';

/**
 * The value of the first header of that name; undefined when there is none or its value is null. The first one counts
 * everywhere in these libraries: a header that is appended later can't replace it.
 */
export function headerOf<Value>(headers: readonly Header<Value | null>[], name: string): Value | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1] ?? undefined;
}
