import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Parser, type ParseOutput } from '@asyncapi/parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { asyncApiOf } from './asyncapi.ts';
import { contractFiles, messageIdOf, notificationKind, parseMessageId } from './index.ts';
import { describe as wordsOf } from './json-schema.ts';
import { allServices, inventoryService, orderService } from './services.ts';

const folder = join(import.meta.dirname, '../../../../docs/contracts');
const topics = [...new Set(allServices.flatMap(({ publishes, consumes }) => [...publishes, ...consumes]))];
const events = topics.flatMap((topic) => topic.events);

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

describe('each event', () => {
  it('has a type of its own', () => {
    expect(new Set(events.map(({ type }) => type)).size).toBe(events.length);
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
    expect(operations).toHaveLength(3 * 3);
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
