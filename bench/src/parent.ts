import { once } from 'node:events';

// The other end of `child-process.ts`. It imports nothing, because it is loaded into what is measured.

/** What the bench has sent to this process. */
export async function inputFromBench<Input>(): Promise<Input> {
  const [input] = (await once(process, 'message')) as [Input];
  return input;
}

export function sendToBench(message: object): void {
  process.send?.(message);
}
