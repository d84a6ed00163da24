/** A function that callers share: who calls while a call is under way gets its result, and an ended one is not kept. */
export function sharedCall<T>(call: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => (underWay ??= call().finally(() => (underWay = undefined)));
}
