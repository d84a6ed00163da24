import { context, SpanKind } from '@opentelemetry/api';
import { conventions } from '@sluice/core';
import { severalParticipants } from './participants.ts';
import { ownSpan, sharedSpan } from './shared-span.ts';

const { db } = conventions;
const step = { name: 'transaction', kind: SpanKind.CLIENT, attributes: { [db.system]: db.postgresql } };

/** Runs a database transaction in spans of those on whose behalf it is, see `onBehalfOf`; else of the active span's trace. */
export function transactionSpan<T>(transaction: () => Promise<T>): Promise<T> {
  const several = severalParticipants();
  return several ? sharedSpan(step, several, transaction) : ownSpan(step, context.active(), transaction);
}
