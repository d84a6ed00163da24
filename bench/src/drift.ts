/** Figures of the anchors at one moment, by name; higher is faster. */
export type Bracket = Record<string, number>;

/** What the machine can do: the highest of each figure, because other work only makes a load slower. */
export function bestOf(brackets: readonly Bracket[]): Bracket {
  const best: Bracket = {};
  for (const [name, figure] of brackets.flatMap((bracket) => Object.entries(bracket))) {
    best[name] = Math.max(figure, best[name] ?? 0);
  }
  return best;
}

/** A round whose brackets lie further apart was measured on a machine whose speed changed meanwhile. */
export const maxDrift = 0.1;

/** How far the brackets of a round lie apart: the largest difference of an anchor, relative to its mean; 0 without any. */
export function driftOf(before: Bracket, after: Bracket): number {
  const drifts = Object.entries(before).map(([name, first]) => {
    const second = after[name] ?? first;
    return Math.abs(second - first) / ((first + second) / 2);
  });
  return Math.max(0, ...drifts);
}
