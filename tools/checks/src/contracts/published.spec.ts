import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineEvent, defineTopic } from '@sluice/messaging/contract';
import { breaches, publishedEvents } from './published.ts';

const shape = {
  id: z.uuid(),
  kind: z.enum(['new', 'used']),
  size: z.int().min(1).max(10),
  code: z.string().min(2).max(8),
  batch: z.string().regex(/^[A-Z]+$/),
  madeAt: z.iso.datetime(),
  note: z.string().optional(),
  parts: z.array(z.object({ sku: z.string(), count: z.number().optional() })).max(5),
};
const things = (data: z.ZodType, name = 'things.v1', key = 'thing id', version = 1) =>
  publishedEvents([defineTopic(name, { key, events: [defineEvent('thing.made', data, version)] })]);
const baseline = things(z.object(shape));
const part = shape.parts.element.shape;

const backward = 'but readers must understand what older producers wrote (backward)';
const forward = 'but older readers must understand what producers write now (forward)';
const kept = 'but what was published is kept, because readers may rely on it';
const order = `but a key's events stay in order only where they are`;

describe('a published event', () => {
  it.each([
    ['nothing changes', shape],
    ['an optional property is added', { ...shape, extra: z.string().optional() }],
    [
      'one is added to the items of a list',
      { ...shape, parts: z.array(z.object({ ...part, x: z.int().optional() })).max(5) },
    ],
    ['a description changes', { ...shape, size: shape.size.describe('In centimetres.') }],
  ])('stays as it was for everybody when %s', (_, changed) => {
    expect(breaches(baseline, things(z.object(changed)))).toEqual([]);
  });

  const { note: _note, ...withoutNote } = shape;
  it.each([
    ['a property is removed', withoutNote, `property "note": it was removed, ${kept}`],
    ['one becomes required', { ...shape, note: z.string() }, `property "note": it became required, ${backward}`],
    [
      'one becomes optional',
      { ...shape, code: shape.code.optional() },
      `property "code": it became optional, ${forward}`,
    ],
    [
      'a required one is added',
      { ...shape, x: z.int() },
      `property "x": it was added as a required property, ${backward}`,
    ],
    [
      'a type narrows',
      { ...shape, parts: z.array(z.object({ ...part, count: z.int().optional() })).max(5) },
      `property "parts[].count": "type" went from "number" to "integer", ${backward}`,
    ],
    [
      'a type changes',
      { ...shape, note: z.boolean().optional() },
      `property "note": "type" went from "string" to "boolean", ${backward}`,
    ],
    [
      'a value of an enum is removed',
      { ...shape, kind: z.enum(['new']) },
      `property "kind": the value "used" was removed, ${backward}`,
    ],
    [
      'a value of an enum is added',
      { ...shape, kind: z.enum(['new', 'used', 'lost']) },
      `property "kind": the value "lost" was added, ${forward}`,
    ],
    [
      'an enum becomes a string',
      { ...shape, kind: z.string() },
      `property "kind": "enum" went from ["new","used"] to nothing, ${forward}`,
    ],
    [
      'a range narrows below',
      { ...shape, size: z.int().min(2).max(10) },
      `property "size": "minimum" went from 1 to 2, ${backward}`,
    ],
    [
      'a range narrows above',
      { ...shape, size: z.int().min(1).max(9) },
      `property "size": "maximum" went from 10 to 9, ${backward}`,
    ],
    [
      'a range widens',
      { ...shape, size: z.int().min(1).max(11) },
      `property "size": "maximum" went from 10 to 11, ${forward}`,
    ],
    [
      'a length narrows',
      { ...shape, code: z.string().min(2).max(7) },
      `property "code": "maxLength" went from 8 to 7, ${backward}`,
    ],
    [
      'a lower bound goes',
      { ...shape, code: z.string().max(8) },
      `property "code": "minLength" went from 2 to nothing, ${forward}`,
    ],
    [
      'a list gets shorter',
      { ...shape, parts: shape.parts.max(4) },
      `property "parts": "maxItems" went from 5 to 4, ${backward}`,
    ],
    [
      'a format changes',
      { ...shape, madeAt: z.iso.date() },
      `property "madeAt": "format" went from "date-time" to "date", ${backward}`,
    ],
    [
      'a pattern changes',
      { ...shape, batch: z.string().regex(/^[A-Y]+$/) },
      `property "batch": "pattern" went from "^[A-Z]+$" to "^[A-Y]+$", ${backward}`,
    ],
    [
      'a pattern goes',
      { ...shape, batch: z.string() },
      `property "batch": "pattern" went from "^[A-Z]+$" to nothing, ${forward}`,
    ],
    [
      'a keyword comes that nobody here knows',
      { ...shape, size: shape.size.multipleOf(2) },
      `property "size": "multipleOf" went from nothing to 2, ${backward}`,
    ],
  ])('breaks somebody when %s', (_, changed, sentence) => {
    expect(breaches(baseline, things(z.object(changed)))).toContain(`thing.made v1, ${sentence}`);
  });

  it('breaks somebody when other members are ruled out, or one is added where they are', () => {
    const strict = things(z.strictObject(shape));
    expect(breaches(baseline, strict)).toEqual([
      `thing.made v1, the data itself: "additionalProperties" went from nothing to false, ${backward}`,
    ]);
    expect(breaches(strict, things(z.strictObject({ ...shape, extra: z.string().optional() })))).toEqual([
      `thing.made v1, property "extra": it was added where other members are ruled out, ${forward}`,
    ]);
  });

  it.each([
    ['topic', things(z.object(shape), 'goods.v1'), `its topic went from "things.v1" to "goods.v1", ${order}`],
    ['key', things(z.object(shape), 'things.v1', 'owner'), `its key went from "thing id" to "owner", ${order}`],
    [
      'place among the contracts',
      things(z.object(shape), 'things.v1', 'thing id', 2),
      `no contract has it any more, ${kept}`,
    ],
  ])('breaks somebody when it changes its %s', (_, current, sentence) => {
    expect(breaches(baseline, current)).toEqual([`thing.made v1: ${sentence}`]);
  });

  it('may be joined by another data version of any shape', () => {
    const both = [...baseline, ...things(z.object({ other: z.int() }), 'things.v1', 'thing id', 2)];
    expect(breaches(baseline, both)).toEqual([]);
  });
});
