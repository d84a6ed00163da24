import { count, decimal, milliseconds, percent, seconds } from './format.ts';
import type { FlowResult, Result } from './result.ts';
import { errors } from './comparison.ts';

/** What the figures say, one sentence each, computed from the data: it may well speak against async. */
export function verdict({ flows, parameters }: Result): string[] {
  const { sync, async, log } = flows;
  const promise = log ? [promiseOf(log, async)] : [];
  if (sync && async) {
    const price = priceOf(sync, async, Number(parameters['brokers'] ?? 1));
    return [...comparisonOf(sync, async), price, ...(log ? [logFirst(log), ...promise] : [])];
  }
  if (async && log) return [`Async ${acceptance(async)}, and ${completion(async)}.`, logFirst(log), ...promise];
  const [only] = Object.entries(flows);
  return only
    ? [`Only the ${only[0]} flow ran: it ${acceptance(only[1])}, and ${completion(only[1])}.`, ...promise]
    : ['No flow ran.'];
}

function logFirst(log: FlowResult): string {
  return `Log-first ${acceptance(log)}, and ${completion(log)}.`;
}

/** Its figures are never without this: a faster promise may be a smaller one. */
function promiseOf(log: FlowResult, async: FlowResult | undefined): string {
  const survives = log.durability.startsWith('on disk')
    ? 'which survives a crash of the machine'
    : 'which survives the end of every process, not a crash of the machine';
  const compared = async ? `; with async it is ${async.durability}` : '';
  return `An order that log-first has accepted is ${log.durability}, ${survives}${compared}.`;
}

function comparisonOf(sync: FlowResult, async: FlowResult): string[] {
  const pressure = `${decimal(sync.intendedRate)} orders per second where the mail provider can take`;
  return [
    `Offered ${pressure} ${decimal(sync.downstream.capacity)}, async ${acceptance(async)}, and ${completion(async)}.`,
    `Sync, with the same capacity behind it, ${acceptance(sync)}${refusals(sync)}.`,
    acceptedMore(sync, async),
  ];
}

function acceptance(flow: FlowResult): string {
  const ack = flow.ackMs.p99 === null ? '' : `, 99 % of them within ${milliseconds(flow.ackMs.p99)}`;
  const share = percent(flow.accepted, flow.offered);
  return `accepted ${count(flow.accepted)} of ${count(flow.offered)} orders (${share})${ack}`;
}

function completion(flow: FlowResult): string {
  if (flow.completed < flow.accepted) {
    return `had completed ${count(flow.completed)} of them when the run gave up waiting`;
  }
  const ideal = `a perfect queue: ${seconds(flow.idealDrainSeconds)}`;
  return `completed the last ${seconds(flow.drainSeconds)} after the burst (${ideal})`;
}

function refusals(flow: FlowResult): string {
  return flow.accepted === flow.offered ? '' : `, and failed the rest: ${errors(flow)}`;
}

function acceptedMore(sync: FlowResult, async: FlowResult): string {
  const difference = async.accepted - sync.accepted;
  if (difference > 0) return `The queue took in ${count(difference)} orders that sync shed.`;
  if (difference < 0) return `Here sync accepted ${count(-difference)} orders more: the queue brought nothing.`;
  const [faster, slower] = [async, sync].toSorted((a, b) => (a.ackMs.p99 ?? Infinity) - (b.ackMs.p99 ?? Infinity));
  const name = faster === async ? 'async' : 'sync';
  const [better, worse] = [faster, slower].map((flow) => milliseconds(flow!.ackMs.p99));
  return `Both accepted equally many; ${name} answered sooner (p99 ${better} against ${worse}).`;
}

/** Where async is worse. The parts are those that only its orders pass. */
function priceOf(sync: FlowResult, async: FlowResult, brokers: number): string {
  const broker = `${brokers} Kafka broker${brokers === 1 ? '' : 's'}`;
  const ours = 'an outbox with a relay and an inbox per service, and dead letters';
  const parts = `more moving parts (${broker}, 3 topics, 3 consumer groups, ${ours})`;
  return `The price of async: ${waitOf(sync, async)}; "accepted" is not yet "confirmed"; and it has ${parts}.`;
}

function waitOf({ endToEndMs: sync }: FlowResult, { endToEndMs: async }: FlowResult): string {
  if (sync.p50 === null || async.p50 === null) return 'a client knows the outcome only later';
  const wait = `half of its orders waited more than ${milliseconds(async.p50)} for their mail`;
  return `${wait}, against ${milliseconds(sync.p50)} for those sync accepted`;
}
