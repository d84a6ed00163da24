import { guardedPackages, layers, packageHomes, projectRules } from '../src/boundaries.js';
import { lintRules } from '../src/lint-rules.js';

/** A name for each rule on imports: the spec demands a planted violation for each of them. */
export function importRules(): string[] {
  const inLayer = layers.flatMap(({ files: [layer], only, types = [], names = {}, never = [] }) => [
    ...(only ? [`${layer} only`] : []),
    ...types.map((type) => `${layer} types ${type}`),
    ...Object.keys(names).map((name) => `${layer} names ${name}`),
    ...never.map((start) => `${layer} never ${start}`),
  ]);
  const homes = packageHomes.filter(({ may }) => may.length < guardedPackages.length);
  return [
    ...projectRules.map(({ sourceTag }) => `project ${sourceTag}`),
    ...guardedPackages.map((name) => `package ${name}`),
    ...homes.map(({ files: [home] }) => `home ${home}`),
    ...inLayer,
  ];
}

/** The same for rules on code; of `no-restricted-syntax`, each selector is a rule. */
export function codeRules(): string[] {
  const names = lintRules.flatMap(({ rules }) =>
    Object.entries<unknown>(rules).flatMap(([rule, value]) => {
      if (value === 'off') return [];
      const selectors = [value].flat().flatMap(selectorOf);
      return selectors.length > 0 ? selectors.map((selector) => `${rule} ${selector}`) : [rule];
    }),
  );
  return [...new Set(names)];
}

const selectorOf = (option: unknown): string[] =>
  typeof option === 'object' && option !== null && 'selector' in option ? [String(option.selector)] : [];
