import type { Ledger } from '../src/ledger/snapshot.ts';

/** Of a run without a fault, in which so many orders were accepted. */
export function cleanLedger(accepted = 0): Ledger {
  return {
    accepted,
    terminal: accepted,
    lost: 0,
    duplicated: 0,
    oversold: 0,
    undersold: 0,
    nonTerminal: 0,
    notificationsMissing: 0,
    notificationsDuplicated: 0,
    mailsRepeated: 0,
    contradictoryMails: 0,
    deadLetters: 0,
  };
}
