import type { Attributes } from '@opentelemetry/api';
import { conventions } from '@sluice/core';

const { http } = conventions;
const known = new Set('GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT QUERY'.split(' '));

/** One of HTTP's own methods; a client may send any other that Node can read. */
export function isKnown(method: string): boolean {
  return known.has(method);
}

/** For a metric: few different values, whatever clients send. */
export function methodLabel(method: string): string {
  return isKnown(method) ? method : http.otherMethod;
}

export function methodAttributes(method: string): Attributes {
  return isKnown(method)
    ? { [http.method]: method }
    : { [http.method]: http.otherMethod, [http.originalMethod]: method };
}
