import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

import type { Capacity } from './capacity.ts';
import type { TakenMail } from './mailbox.ts';

/** What a sink needs after it was killed: a provider doesn't forget the mails it took. */
export type JournalEntry =
  { mail: Omit<TakenMail, 'seq'> } | { capacity: Capacity } | { refused: true } | { statsReset: true };

/** Append-only JSON lines. A write reaches the system before 250 is sent: it survives the process, not the machine. */
export class Journal {
  readonly #file: number;

  /** Hands every entry of an earlier run to `replay`; a last line that was cut off by a kill is dropped. */
  constructor(path: string, replay: (entry: JournalEntry) => void) {
    if (existsSync(path)) {
      const whole = readFileSync(path);
      const length = whole.lastIndexOf('\n') + 1;
      truncateSync(path, length);
      for (const line of whole.toString('utf8', 0, length).split('\n')) {
        if (line !== '') replay(JSON.parse(line) as JournalEntry);
      }
    }
    this.#file = openSync(path, 'a', 0o600);
  }

  append(entry: JournalEntry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}
