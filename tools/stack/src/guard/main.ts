import { createInterface } from 'node:readline';
import { type Guarded, guardedVariable, type GuardLine } from './guarded.ts';
import { removeAll } from './remove-all.ts';

// Ends with its pipe and in no other way: a signal to a whole group or to every node must not hit the guard
// before the stack has cleaned up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);

const things = new Map(JSON.parse(process.env[guardedVariable] ?? '[]') as [number, Guarded][]);

for await (const text of createInterface({ input: process.stdin })) {
  const line = parse(text);
  if (line !== undefined && 'add' in line) {
    things.set(line.add, line.thing);
  } else if (line !== undefined) {
    things.delete(line.release);
  }
}
await removeAll([...things.values()]);
process.exit(0);

// The last line may have been cut off by the death of the writer.
function parse(text: string): GuardLine | undefined {
  try {
    return JSON.parse(text) as GuardLine;
  } catch {
    return undefined;
  }
}
