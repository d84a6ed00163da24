import type { Bracket } from '../drift.ts';
import type { BenchContext } from '../row.ts';

/** A short load made by a tool of others, which tells how fast the machine is just now. */
export interface Anchor extends AsyncDisposable {
  /** Figures by name; higher is faster. */
  measure(): Promise<Bracket>;
}

/** Rejects with `AnchorMissing` when this machine lacks the tool. */
export type OpenAnchor = (context: BenchContext) => Promise<Anchor>;

/** The message says what is missing and how to get it. */
export class AnchorMissing extends Error {}
