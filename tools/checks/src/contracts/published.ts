import { dataSchemaOf, type JsonSchema, type TopicContract } from '@sluice/messaging/contract';
import { incompatibleChanges, rules } from './schema-changes.ts';

/** One data version of an event as others rely on it: the baseline that later changes are compared with. */
export interface PublishedEvent {
  readonly type: string;
  readonly dataVersion: number;
  readonly topic: string;
  readonly key: string;
  readonly data: JsonSchema;
}

export function publishedEvents(topics: Iterable<TopicContract>): PublishedEvent[] {
  return [...topics].flatMap(({ name: topic, key, events }) =>
    events.map((event) => {
      const { type, dataVersion } = event;
      return { type, dataVersion, topic, key, data: dataSchemaOf(event) };
    }),
  );
}

/** File name in docs/contracts/published. */
export function publishedName({ type, dataVersion }: PublishedEvent): string {
  return `${type}.v${dataVersion}.json`;
}

/**
 * One sentence for each change that breaks a reader or a producer of a published version. Versions that are not
 * published yet may be anything. See docs/contracts/README.md.
 */
export function breaches(baseline: readonly PublishedEvent[], current: readonly PublishedEvent[]): string[] {
  const known = new Map(current.map((event) => [publishedName(event), event]));
  return baseline.flatMap((was) => {
    const is = known.get(publishedName(was));
    const event = `${was.type} v${was.dataVersion}`;
    if (!is) return [`${event}: no contract has it any more, but ${rules.kept}`];
    const moved = (['topic', 'key'] as const)
      .filter((name) => was[name] !== is[name])
      .map(
        (name) =>
          `${event}: its ${name} went from "${was[name]}" to "${is[name]}", but a key's events stay in order only where they are`,
      );
    const changed = incompatibleChanges(was.data, is.data).map(({ path, what, rule }) => {
      const where = path ? `property "${path}"` : 'the data itself';
      return `${event}, ${where}: ${what}, but ${rules[rule]}`;
    });
    return [...moved, ...changed];
  });
}
