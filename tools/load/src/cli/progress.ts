import type { WriteStream } from 'node:tty';
import type { Progress } from '../run/delivery.ts';

const redrawMs = 1_000;
const pipedMs = 5_000;

/** One line of progress of a flow: redrawn each second on a terminal, printed every five when piped. */
export class ProgressLine {
  readonly #out: NodeJS.WriteStream | WriteStream;
  #shownAt = -Infinity;
  #phase = '';

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  readonly show = (progress: Progress): void => {
    const now = performance.now();
    const due = now - this.#shownAt >= (this.#out.isTTY ? redrawMs : pipedMs) || progress.phase !== this.#phase;
    if (!due) return;
    this.#shownAt = now;
    this.#phase = progress.phase;
    const line = progressText(progress);
    this.#out.write(
      this.#out.isTTY ? `\r${line.slice(0, this.#out.columns - 1).padEnd(this.#out.columns - 1)}` : `${line}\n`,
    );
  };

  /** Ends the redrawn line, so that what follows starts on one of its own. */
  end(): void {
    if (this.#out.isTTY && this.#phase !== '') this.#out.write('\n');
    this.#phase = '';
    this.#shownAt = -Infinity;
  }
}

export function progressText(p: Progress): string {
  const at = `${p.flow} ${p.elapsedSeconds.toFixed(0)} s:`;
  if (p.phase === 'audit') return `${at} checking the ledger`;
  if (p.phase === 'warm-up') return `${at} warming up, ${p.completed}/${p.offered} completed`;
  const lag = Math.max(0, p.accepted - p.completed);
  return [
    `${at} ${p.due}/${p.offered} sent`,
    `${p.accepted} accepted`,
    `${p.failed} failed`,
    `${p.completed} completed`,
    `${lag} lag`,
  ].join(', ');
}
