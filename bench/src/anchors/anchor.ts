import type { Bracket } from '../drift.ts';
import type { BenchContext } from '../row.ts';

/**
 * Prepares a short load made by a third-party tool. What it returns measures how fast the machine is at the moment.
 * Rejects with `ToolMissing` when this machine lacks the tool.
 */
export type OpenAnchor = (context: BenchContext, cleanup: AsyncDisposableStack) => Promise<() => Promise<Bracket>>;

/** The message names what is missing, and how to install it. */
export class ToolMissing extends Error {}
