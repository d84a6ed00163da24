import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Parser, type ParseOutput } from '@asyncapi/parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asyncApiOf } from './asyncapi.ts';
import { describe as wordsOf, defineEvent, defineTopic } from '@sluice/messaging/contract';
import { allTopics, contractBreaches, contractFiles, publishedFiles } from './files.ts';
import {
  allServices,
  inventoryService,
  messageIdOf,
  notificationKind,
  orderService,
  parseMessageId,
} from '@sluice/contracts';

const folder = join(import.meta.dirname, '../../../../docs/contracts');
const events = allTopics.flatMap((topic) => topic.events);

describe('the documents in docs/contracts', () => {
  const files = contractFiles();

  it.each(Object.keys(files))('%s is what the contracts say (else: npm run contracts)', async (name) => {
    expect(await readFile(join(folder, name), 'utf8')).toBe(files[name]);
  });

  it('are all made from the contracts', async () => {
    const committed = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    expect(committed.toSorted()).toEqual(Object.keys(files).toSorted());
  });
});

describe('what was published', () => {
  const names = async () => (await readdir(join(folder, 'published'))).toSorted();
  const texts = async () =>
    Promise.all((await names()).map((name) => readFile(join(folder, 'published', name), 'utf8')));

  it('is not broken by the contracts (see docs/contracts/README.md)', async () => {
    expect(contractBreaches(await texts())).toEqual([]);
  });

  it('is all that the contracts have (else: npm run contracts)', async () => {
    const files = publishedFiles();
    expect(await names()).toEqual(Object.keys(files).toSorted());
    expect(await texts()).toEqual((await names()).map((name) => files[name]));
  });
});

describe('each event', () => {
  it('has a type and data version of its own', () => {
    expect(new Set(events.map(({ type, dataVersion }) => `${type} ${dataVersion}`)).size).toBe(events.length);
  });

  it.each(events.map((event) => [event.type, event] as const))('%s is described, with a valid example', (_, event) => {
    const { description, examples } = wordsOf(event);
    expect(description).not.toBe('');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(event.data.parse(example)).toEqual(example);
  });
});

describe('the AsyncAPI document', () => {
  const parser = new Parser();
  let document: ParseOutput;
  /** 0 is an error, 1 a warning. */
  const atLeastWarnings = (found: ParseOutput['diagnostics']) => found.filter(({ severity }) => Number(severity) <= 1);

  beforeAll(async () => {
    document = await parser.parse(JSON.stringify(asyncApiOf(allServices)));
  }, 60_000);

  it('is valid, down to warnings', () => {
    expect(atLeastWarnings(document.diagnostics).map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual(
      [],
    );
  });

  it('is seen to be invalid when an operation points nowhere', { timeout: 60_000 }, async () => {
    const { operations, ...rest } = asyncApiOf(allServices) as { operations: object };
    const planted = { action: 'send', channel: { $ref: '#/channels/nowhere' } };
    const { diagnostics } = await parser.parse(JSON.stringify({ ...rest, operations: { ...operations, planted } }));
    expect(atLeastWarnings(diagnostics)).not.toEqual([]);
  });

  it('has every topic and dead-letter topic, and an operation for each use', () => {
    const channels = document.document
      ?.channels()
      .all()
      .map((channel) => channel.id());
    expect(channels?.toSorted()).toEqual([
      'notifications.v1',
      'orders.intake.v1',
      'orders.intake.v1.order.dlq',
      'orders.v1',
      'orders.v1.inventory.dlq',
      'orders.v1.notification.dlq',
      'stock.v1',
      'stock.v1.order.dlq',
    ]);
    const operations =
      document.document
        ?.operations()
        .all()
        .map((operation) => operation.id()) ?? [];
    expect(operations).toContain('inventory.receive.orders.v1');
    expect(operations).toContain('order.send.stock.v1.order.dlq');
    // Each service publishes one topic and consumes one; order has its intake besides.
    expect(operations).toHaveLength(4 * 3);
  });

  it('has a message for each data version of an event', { timeout: 60_000 }, async () => {
    const both = defineTopic('things.v1', {
      key: 'thing id',
      events: [
        defineEvent('thing.made', z.object({ a: z.int() }).meta({ examples: [{ a: 1 }] })),
        defineEvent('thing.made', z.object({ b: z.int() }).meta({ examples: [{ b: 1 }] }), 2),
      ],
    });
    const made = asyncApiOf([{ name: 'thing', publishes: [both], consumes: [] }]);
    const parsed = await parser.parse(JSON.stringify(made));
    expect(atLeastWarnings(parsed.diagnostics)).toEqual([]);
    const messages = parsed.document?.channels().get('things.v1')?.messages().all() ?? [];
    expect(messages.map((message) => [message.id(), Object.keys(message.payload()?.properties() ?? {})])).toEqual([
      ['thing.made', ['a']],
      ['thing.made.2', ['b']],
    ]);
  });

  it('follows the table of who publishes what', () => {
    const half = asyncApiOf([orderService, inventoryService]) as { operations: object };
    expect(Object.keys(half.operations)).not.toContain('notification.receive.orders.v1');
  });
});

describe('Message-ID', () => {
  const orderId = '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11';

  it.each(notificationKind.options)('of %s reads back', (kind) => {
    expect(messageIdOf(orderId, kind)).toBe(`<${orderId}.${kind}@sluice.local>`);
    expect(parseMessageId(messageIdOf(orderId, kind))).toEqual({ orderId, kind });
    expect(parseMessageId(messageIdOf(orderId, kind).slice(1, -1))).toEqual({ orderId, kind });
  });

  it.each(['', '<a@b>', `<${orderId}.order-lost@sluice.local>`, `<${orderId}.order-confirmed@elsewhere>`])(
    'is not found in "%s"',
    (text) => expect(parseMessageId(text)).toBeUndefined(),
  );
});
