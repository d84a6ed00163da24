import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { files } from '../repository.ts';
import { type Module, parseModule } from './module.ts';

export interface Package {
  name: string;
  folder: string;
  /** Source file of each entry point, by its path below the package's name: `.`, `./testing`, or `./*`. */
  entries: Map<string, string>;
}

export interface Declaration {
  file: string;
  name: string;
}

type Exports = Record<string, string | Record<string, string>>;

/** Specs and what only they need: no rule on the product counts these. */
export const isTest = (file: string) => /(^|\/)(test|testing|fixtures)\/|[.-]spec\.[a-z]+$|\.suite\.ts$/.test(file);

/** The TypeScript and JavaScript of a checkout and what its files import, by paths relative to its root. */
export class SourceTree {
  readonly files: string[];
  /** Those that are no tests. */
  readonly product: string[];
  readonly packages: Package[];
  readonly #texts: Map<string, string>;
  readonly #modules = new Map<string, Module>();

  constructor(texts: Map<string, string>) {
    this.#texts = texts;
    this.files = [...texts.keys()].filter((file) => /\.(ts|js|mjs)$/.test(file));
    this.product = this.files.filter((file) => !isTest(file));
    this.packages = [...texts.keys()]
      .filter((file) => file.endsWith('/package.json'))
      .map((file) => this.#package(file));
  }

  /** All files that git tracks or would track. */
  static of(root: string): SourceTree {
    const names = files(/\.(ts|js|mjs)$|package\.json$/, root);
    return new SourceTree(new Map(names.map((name) => [name, readFileSync(join(root, name), 'utf8')])));
  }

  text(file: string): string {
    const text = this.#texts.get(file);
    if (text === undefined) throw new Error(`${file} does not exist`);
    return text;
  }

  module(file: string): Module {
    const known = this.#modules.get(file);
    if (known) return known;
    const module = parseModule(this.text(file), file);
    this.#modules.set(file, module);
    return module;
  }

  packageOf(file: string): Package | undefined {
    return this.packages.find(({ folder }) => file.startsWith(`${folder}/`));
  }

  /** The package that an import by name leads into. */
  packageNamed(specifier: string): Package | undefined {
    return this.packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  }

  /** The file that an import leads to; nothing when it leads out of the repository. */
  resolve(from: string, specifier: string): string | undefined {
    if (specifier.startsWith('.')) {
      const file = normalize(join(dirname(from), specifier));
      return this.#texts.has(file) ? file : undefined;
    }
    const found = this.packageNamed(specifier);
    const path = found && `.${specifier.slice(found.name.length)}`;
    return path && (found.entries.get(path) ?? found.entries.get('./*')?.replace('*', path.slice('./'.length)));
  }

  /** Where a name that `file` exports is declared, through all re-exports in between. */
  declaration(file: string, name: string): Declaration {
    const { exports, exportsAllOf } = this.module(file);
    const origin = exports.get(name);
    const next = origin && this.resolve(file, origin.specifier);
    if (origin && next) return this.declaration(next, origin.name);
    if (exports.has(name)) return { file, name };
    for (const specifier of exportsAllOf) {
      const other = this.resolve(file, specifier);
      if (other && this.exportedNames(other).has(name)) return this.declaration(other, name);
    }
    return { file, name };
  }

  exportedNames(file: string): Set<string> {
    const { exports, exportsAllOf } = this.module(file);
    const names = new Set(exports.keys());
    for (const specifier of exportsAllOf) {
      const other = this.resolve(file, specifier);
      for (const name of other ? this.exportedNames(other) : []) names.add(name);
    }
    return names;
  }

  /** What a file imports, each name where it is declared and not where it is re-exported. */
  importedDeclarations(file: string): (Declaration & { isType: boolean })[] {
    return this.module(file).imports.flatMap(({ specifier, names }) => {
      const target = this.resolve(file, specifier);
      return target ? names.map(({ name, isType }) => ({ ...this.declaration(target, name), isType })) : [];
    });
  }

  #package(file: string): Package {
    const folder = dirname(file);
    const { name, exports = {} } = JSON.parse(this.text(file)) as { name: string; exports?: Exports };
    const entries = Object.entries(exports).map(([path, target]): [string, string] => {
      const source = typeof target === 'string' ? target : (target['@sluice/source'] ?? target['default'] ?? '');
      return [path, join(folder, source)];
    });
    return { name, folder, entries: new Map(entries) };
  }
}
