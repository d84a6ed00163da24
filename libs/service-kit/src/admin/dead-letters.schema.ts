import { z } from 'zod';
import { limitQuery } from '../pagination.ts';
import { text } from '../validation.ts';

const id = z.uuid('must be a UUID');
const fingerprint = z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits');
const at = z.iso.datetime();
const kafkaTime = z
  .string()
  .describe('RFC 3339; when the timestamp is no date, its milliseconds since the epoch as digits.');
const offset = z.string().regex(/^\d{1,19}$/, 'must be digits');
const requestedBy = text(1, 100).default('an administrator');
const reason = text(1, 500).default('no reason given');

export const deadLetterId = id;

/** Both key and fingerprint: letters that have both. */
export const listQuery = z.strictObject({
  'group-by': z.literal('fingerprint', 'must be "fingerprint"').optional(),
  key: text(1, 1_000).optional(),
  fingerprint: fingerprint.optional(),
  limit: limitQuery(1_000, 100),
});
export type ListQuery = z.output<typeof listQuery>;

const selectors = ['ids', 'key', 'fingerprint', 'all'] as const;

/** Strict, because a misspelt `dryRun` must not become a replay. */
export const replayBody = z
  .strictObject({
    ids: z.array(id).min(1).max(1_000).optional(),
    key: text(1, 1_000).optional(),
    fingerprint: fingerprint.optional(),
    all: z.literal(true).optional(),
    dryRun: z.boolean().default(false),
    ratePerSecond: z.number().min(0.1).max(10_000).default(100),
    until: at.optional(),
    requestedBy,
    reason,
  })
  .refine(
    (body) => selectors.filter((name) => body[name] !== undefined).length === 1,
    `exactly one of ${selectors.join(', ')} must be given`,
  )
  .meta({ oneOf: selectors.map((name) => ({ required: [name] })) });
export type ReplayBody = z.output<typeof replayBody>;

export const skipBody = z.strictObject({
  topic: text(1, 249),
  partition: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  offset: offset.describe('Where the group is: the first that is skipped.'),
  to: offset.optional().describe('Where the group goes on; default: the next offset.'),
  requestedBy,
  reason,
});
export type SkipBody = z.output<typeof skipBody>;

export const skipReport = z.object({ topic: z.string(), partition: z.int(), offset: z.string(), to: z.string() });

const summary = z.object({
  id,
  fingerprint: z.string(),
  exceptionClass: z.string(),
  code: z.string().optional(),
  message: z.string(),
  origin: z.object({
    topic: z.string(),
    partition: z.int().describe('-1 for an event that never got as far as Kafka.'),
    offset: z.string(),
    at: kafkaTime,
  }),
  key: z.string().nullable(),
  deadAt: at,
  attempts: z.int(),
  replayCount: z.int().describe('How often the record had been replayed before it failed this time.'),
  replayOf: z.string().optional(),
  outboxId: z.string().optional().describe('Row of the outbox that the broker refused; a replay releases it.'),
  truncated: z.int().optional().describe('Bytes of the record, when some of it was cut: it can not be replayed.'),
});

const state = z.enum(['dead', 'replaying', 'replayed']);

export const deadLetterPage = z.object({ items: z.array(summary.extend({ state })), total: z.int() });

export const deadLetterGroups = z.object({
  groups: z.array(
    z.object({
      fingerprint: z.string(),
      exceptionClass: z.string(),
      code: z.string().optional(),
      message: z.string(),
      dead: z.int().describe('Those that were not replayed.'),
      total: z.int(),
      firstAt: at,
      lastAt: at,
      newestId: id,
    }),
  ),
});

export const deadLetterDetail = summary.extend({
  stack: z.string(),
  headers: z
    .array(z.object({ name: z.string(), value: z.string().nullable(), encoding: z.enum(['utf8', 'base64']) }))
    .describe('In their order; a name may come again.'),
  value: z.string().nullable(),
  valueEncoding: z.enum(['utf8', 'base64']),
  replay: z
    .object({
      state,
      requestedBy: z.string(),
      reason: z.string(),
      filter: z.looseObject({}),
      claimedAt: at,
      sentAt: at.nullable(),
      sentTo: z.string().nullable(),
      error: z.string().nullable(),
    })
    .optional(),
});

export const replayReport = z.object({
  dryRun: z.boolean(),
  letters: z.array(
    z.object({
      id,
      outcome: z.enum(['replayed', 'would-replay', 'already-replayed', 'in-progress', 'refused']),
      detail: z.string().optional(),
    }),
  ),
  left: z.int().describe('Those that this call did not get to: call again, with asOf as until.'),
  asOf: at.optional(),
  unknownIds: z.array(id).describe('Of the ids that were asked for.'),
});

export type SummaryView = z.input<typeof summary>;
export type PageView = z.input<typeof deadLetterPage>;
export type GroupsView = z.input<typeof deadLetterGroups>;
export type DetailView = z.input<typeof deadLetterDetail>;
export type ReportView = z.input<typeof replayReport>;
export type SkipView = z.input<typeof skipReport>;
