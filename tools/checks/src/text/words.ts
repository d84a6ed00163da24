import { isTest } from '../sources/source-tree.ts';

/** Words of a dialect, with what the field says instead: docs/glossary.md. Matched over all their forms. */
export const refusedWords: Record<string, RegExp> = {
  'gives way → background throttling': /\b(give|gives|gave|given|giving) way\b/,
  'trickle → a few at a time': /\btrickl(e|es|ed|ing)\b/,
  'bury → dead-letter': /\bbur(y|ies|ied|ying)\b/,
  'condemn → skip, dead-letter': /\bcondemn(s|ed|ing)?\b/,
  'quarantine → serial mode': /\bquarantin(e|es|ed|ing)\b/,
  'leanly → fast': /\bleanly\b/,
  'doorbell → wake-up signal': /\bdoorbells?\b/,
  'worked off → processed, drained': /\bwork(s|ed|ing)? off\b/,
  'carried through → completed': /\bcarr(y|ies|ied|ying) through\b/,
  'design § → what it says, or a file of the repository': /\bdesign §/,
};

/** They have to name what they refuse. */
export const mayUseAnyWord = [/^docs\/glossary\.md$/, /^CONTRIBUTING\.md$/, /^tools\/checks\/src\/text\//];

/** What is said of the shop: the libraries that others install don't know it. */
const shop: Record<string, RegExp> = { 'a word of the shop': /\b(order ids?|skus?|inventory)\b/ };

const isGeneric = (file: string) => /^libs\/(core|kafka|messaging|service-kit)\/src\//.test(file) && !isTest(file);

/** One line for each refused word in a file's name or text; parts of names in code count as words. */
export function refusedIn(file: string, text: string): string[] {
  const patterns = Object.entries(isGeneric(file) ? { ...refusedWords, ...shop } : refusedWords);
  return [file, ...text.split('\n')].flatMap((line, i) => {
    const words = line
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
      .replaceAll(/[-_]/g, ' ')
      .toLowerCase();
    const found = patterns.filter(([, pattern]) => pattern.test(words));
    return found.map(([word]) => `${file}${i > 0 ? `:${i}` : ''}: ${word}`);
  });
}
