import { violationsOf } from '../ledger/snapshot.ts';
import { count } from './format.ts';
import type { ReplayResult, Result } from './result.ts';
import { ledgerLabels } from './comparison.ts';

/** Everything that must not be, a line each. */
export function failuresOf({ flows, replay }: Result): string[] {
  const violated = Object.entries(flows).flatMap(([flow, { ledger }]) =>
    violationsOf(ledger).map((name) => `${flow}: ${count(ledger[name])} ${ledgerLabels[name]}`),
  );
  return [...violated, ...(replay ? replayFailures(replay) : [])];
}

/** With scarce stock it depends on who comes first which orders are confirmed, so nothing is expected. */
function replayFailures({ expected, flows }: ReplayResult): string[] {
  if (!expected) return [];
  return Object.entries(flows).flatMap(([flow, state]) => {
    if (state.confirmed !== expected.confirmed) {
      return [`${flow}: ${count(state.confirmed)} of ${count(expected.confirmed)} replayed orders are confirmed`];
    }
    return [
      ...(state.confirmedHash === expected.confirmedHash ? [] : [`${flow}: confirmed orders differ from the file's`]),
      ...(state.finalStockHash === expected.finalStockHash
        ? []
        : [`${flow}: the final stock is not what it should be`]),
    ];
  });
}
