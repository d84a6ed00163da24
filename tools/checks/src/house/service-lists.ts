/** Between these lines a command writes, not a person. */
const generated = /^ *(#|--|<!--) services .*\n[^]*?^ *\1 \/services/gm;
const comments = [/\/\*.*?\*\//gs, /^\s*(\/\/|#).*$/gm];

/** They know the shop's services by what these do: a new one would not be added there. */
const exempt = [/^services\//, /^docs\//, /^tools\/checks\//, /^tools\/load\/src\/ledger\//, /\/peers\//];

const names = ['order', 'inventory', 'notification'];

/** Lines within which all names have to occur: a document has to list them, code may spread them over blocks. */
const spanOf = (file: string) => (file.endsWith('.md') ? 2 : 40);

/** Files that name all services close to each other: adding a service means editing them. */
export function serviceLists(texts: ReadonlyMap<string, string>): string[] {
  return [...texts]
    .filter(([file, text]) => !exempt.some((pattern) => pattern.test(file)) && listsServices(text, spanOf(file)))
    .map(([file]) => file);
}

function listsServices(text: string, span: number): boolean {
  const plain = [generated, ...comments].reduce((rest, pattern) => rest.replaceAll(pattern, ''), text);
  const lines = plain.split('\n');
  const mentions = names.map((name) => lines.flatMap((line, i) => (naming(name).test(line) ? [i] : [])));
  const [first = [], ...others] = mentions;
  return first.some((i) => others.every((found) => found.some((j) => Math.abs(i - j) <= span)));
}

/** As a whole string, a key, a folder, or a variable: not as a word in a sentence or a part of a name. */
const naming = (name: string) =>
  new RegExp(
    `['"\`]${name}['"\`]|^\\s*${name}:|[{,] ${name}:|services[./]${name}\\b|${name.toUpperCase()}_(URL|PORT)\\b`,
  );
