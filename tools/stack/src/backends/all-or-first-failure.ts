/** Like `Promise.all`, but rejects only after all have ended, so that nothing goes on unseen. */
export async function allOrFirstFailure<T extends unknown[]>(...work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
