import { localLinks } from '../links.ts';
import type { Declaration, SourceTree } from './source-tree.ts';

/** The files of the README's section "Follow one order", in its order. */
export function chainOf(readme: string): string[] {
  const section = /^## Follow one order\n(.*?)(?=^## |(?![^]))/ms.exec(readme)?.[1] ?? '';
  return localLinks(section).filter((link) => link.endsWith('.ts'));
}

/** Another service's consumer is called by Kafka: no import leads there. */
const isWiredByKafka = (file: string, before: string) =>
  /^services\/[^/]+\/src\/kafka\//.test(file) && file.split('/')[1] !== before.split('/')[1];

/** One line for each file of the chain that go-to-definition doesn't reach from an earlier one. */
export function brokenSteps(tree: SourceTree, chain: string[]): string[] {
  if (chain.length < 2) return ['the chain has no steps'];
  const missing = chain.filter((file) => !tree.files.includes(file));
  if (missing.length > 0) return missing.map((file) => `${file} does not exist`);
  const reached = (file: string, earlier: string[]) =>
    isWiredByKafka(file, earlier.at(-1)!) || earlier.some((from) => definitions(tree, from).includes(file));
  return chain
    .filter((file, i) => i > 0 && !reached(file, chain.slice(0, i)))
    .map((file) => `${file} is neither imported by an earlier file nor the only class behind a port of one`);
}

/** Files in which go-to-definition (or go-to-implementation of a port) from `file` ends. */
function definitions(tree: SourceTree, file: string): string[] {
  const imported = tree.importedDeclarations(file);
  const behindPorts = imported.map((port) => implementations(tree, port)).filter(({ length }) => length === 1);
  return [...imported.map((declared) => declared.file), ...behindPorts.flat()];
}

/** Files outside tests with a class that extends this one. */
export function implementations(tree: SourceTree, port: Declaration): string[] {
  return tree.product.flatMap((file) => {
    const { classes, locals } = tree.module(file);
    const isParent = (parent: string) => {
      const origin = locals.get(parent);
      const target = origin && tree.resolve(file, origin.specifier);
      const declared = target ? tree.declaration(target, origin.name) : { file, name: parent };
      return declared.file === port.file && declared.name === port.name;
    };
    return classes.filter(({ parent }) => parent !== undefined && isParent(parent)).map(() => file);
  });
}
