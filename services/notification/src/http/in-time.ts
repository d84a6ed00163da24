/**
 * `work`, or what `late` makes when that is not done by `notAfterMs` (epoch). The work goes on; an error
 * that it ends with then goes to `afterwards`.
 */
export async function inTime<T>(
  work: Promise<T>,
  notAfterMs: number,
  late: () => Error,
  afterwards: (error: unknown) => void,
): Promise<T> {
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        isLate = true;
        reject(late());
      },
      Math.max(0, notAfterMs - Date.now()),
    );
  });
  work.catch((error: unknown) => {
    if (isLate) afterwards(error);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
