import { z } from 'zod';
import type { ReceivedEvent, TopicContract } from '../contract/contract.ts';
import { wellFormed } from './trace-context.ts';
import { DecodeError, ofDataVersion, ofType, uuid, validData } from './decode.ts';

const fields = z.object({
  // Lower case, because that is how PostgreSQL returns the ids that the inbox knows.
  id: z.string().regex(uuid, 'must be a UUID').toLowerCase(),
  source: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
  type: z.string().min(1),
  dataVersion: z.int().min(1),
  key: z.string().min(1),
  version: z.int().min(1),
  data: z.unknown(),
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
  baggage: z.string().optional(),
});

/** An event that a given deserializer took from a record, as the topic's contract has it. Throws a `DecodeError`. */
export function checkedEvent(topic: TopicContract, given: ReceivedEvent): ReceivedEvent {
  const known = ofType(topic, given.type);
  const { success, data: event, error } = fields.safeParse(given);
  if (!success) throw new DecodeError('undecodable', `${given.type}: ${z.prettifyError(error)}`);
  const contract = ofDataVersion(known, event.type, event.dataVersion);
  const { traceparent, tracestate, baggage, ...rest } = event;
  return { ...rest, data: validData(contract, event.data), ...wellFormed({ traceparent, tracestate, baggage }) };
}
