import { z } from 'zod';

/** What of the services' answers is shown: the routes are in libs/service-kit/src/admin. */
const summary = z.object({
  id: z.string(),
  fingerprint: z.string(),
  exceptionClass: z.string(),
  code: z.string().optional(),
  message: z.string(),
  origin: z.object({ topic: z.string(), partition: z.number(), offset: z.string(), at: z.string() }),
  key: z.string().nullable(),
  deadAt: z.string(),
  attempts: z.number(),
  replayCount: z.number(),
  replayOf: z.string().optional(),
  truncated: z.number().optional(),
  outboxId: z.string().optional(),
});

export const letterPage = z.object({ items: z.array(summary.extend({ state: z.string() })), total: z.number() });
export type ListedLetter = z.infer<typeof letterPage>['items'][number];

export const letterGroups = z.object({
  groups: z.array(
    z.object({
      fingerprint: z.string(),
      exceptionClass: z.string(),
      code: z.string().optional(),
      message: z.string(),
      dead: z.number(),
      total: z.number(),
      firstAt: z.string(),
      lastAt: z.string(),
    }),
  ),
});
export type LetterGroup = z.infer<typeof letterGroups>['groups'][number];

export const letterDetail = summary.extend({
  stack: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string().nullable(), encoding: z.string() })),
  value: z.string().nullable(),
  valueEncoding: z.string(),
  replay: z
    .object({
      state: z.string(),
      requestedBy: z.string(),
      reason: z.string(),
      claimedAt: z.string(),
      sentTo: z.string().nullable(),
      error: z.string().nullable(),
    })
    .optional(),
});
export type LetterDetail = z.infer<typeof letterDetail>;

export const replayReport = z.object({
  letters: z.array(z.object({ id: z.string(), outcome: z.string(), detail: z.string().optional() })),
  left: z.number(),
  asOf: z.string().optional(),
  unknownIds: z.array(z.string()),
});
export type ReplayedLetter = z.infer<typeof replayReport>['letters'][number];

export const skipReport = z.object({ topic: z.string(), partition: z.number(), offset: z.string(), to: z.string() });

export const problem = z.object({ status: z.number(), code: z.string(), detail: z.string() });
