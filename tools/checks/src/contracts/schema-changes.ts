import type { JsonSchema } from '@sluice/messaging/contract';

/** Why a change is refused. Readers ignore members they do not know, so an optional one may be added. */
export const rules = {
  backward: 'readers must understand what older producers wrote (backward)',
  forward: 'older readers must understand what producers write now (forward)',
  kept: 'what was published is kept, because readers may rely on it',
} as const;
export type Rule = keyof typeof rules;

export interface SchemaChange {
  /** Dotted, `[]` for the items of an array: `lines[].sku`; empty for the data itself. */
  path: string;
  what: string;
  rule: Rule;
}

/** Documentation: they don't change which data is valid. */
const annotations = new Set(['$schema', '$id', 'title', 'description', 'examples']);
const lowest = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);
const highest = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);

/**
 * The incompatible changes from one JSON Schema to another, over the part of draft 7 that zod emits. A keyword that is
 * not known here may stay as it is; any change of it is reported, because its meaning is unknown.
 */
export function incompatibleChanges(before: JsonSchema, after: JsonSchema, path = ''): SchemaChange[] {
  const keywords = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keywords.flatMap((keyword) => {
    const change = (what: string, rule: Rule): SchemaChange[] => [{ path, what, rule }];
    const [was, is] = [before[keyword], after[keyword]];
    if (annotations.has(keyword) || keyword === 'required') return [];
    if (keyword === 'properties') return propertyChanges(before, after, path);
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    if (keyword === 'items' && isSchema(was) && isSchema(is)) return incompatibleChanges(was, is, `${path}[]`);
    const went = `"${keyword}" went from ${show(was)} to ${show(is)}`;
    if (keyword === 'enum' && Array.isArray(was) && Array.isArray(is)) {
      const [gone, added] = [was.filter((value) => !is.includes(value)), is.filter((value) => !was.includes(value))];
      return [
        ...gone.flatMap((value) => change(`the value ${show(value)} was removed`, 'backward')),
        ...added.flatMap((value) => change(`the value ${show(value)} was added`, 'forward')),
      ];
    }
    if (lowest.has(keyword)) return change(went, (was ?? -Infinity) < (is ?? -Infinity) ? 'backward' : 'forward');
    if (highest.has(keyword)) return change(went, (was ?? Infinity) > (is ?? Infinity) ? 'backward' : 'forward');
    // Whether a pattern or a format became narrower or wider is unknown; either breaks readers or producers.
    return change(went, is === undefined ? 'forward' : 'backward');
  });
}

function propertyChanges(before: JsonSchema, after: JsonSchema, path: string): SchemaChange[] {
  const [was, is] = [propertiesOf(before), propertiesOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name): SchemaChange[] => {
    const at = path ? `${path}.${name}` : name;
    const [old, current] = [was[name], is[name]];
    const [wasRequired, isRequired] = [requires(before, name), requires(after, name)];
    if (!current) return [{ path: at, what: 'it was removed', rule: 'kept' }];
    if (!old && isRequired) return [{ path: at, what: 'it was added as a required property', rule: 'backward' }];
    if (!old && after.additionalProperties === undefined) return [];
    if (!old) return [{ path: at, what: 'it was added where other members are ruled out', rule: 'forward' }];
    const changes = incompatibleChanges(old, current, at);
    if (isRequired && !wasRequired) changes.push({ path: at, what: 'it became required', rule: 'backward' });
    if (wasRequired && !isRequired) changes.push({ path: at, what: 'it became optional', rule: 'forward' });
    return changes;
  });
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const propertiesOf = ({ properties }: JsonSchema): Record<string, JsonSchema | undefined> =>
  isSchema(properties) ? (properties as Record<string, JsonSchema>) : {};
const requires = ({ required }: JsonSchema, name: string) => Array.isArray(required) && required.includes(name);
const show = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
