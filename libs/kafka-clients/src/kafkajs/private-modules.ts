import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { compileFunction } from 'node:vm';

interface LoadedModule {
  exports: unknown;
}

/**
 * CommonJS modules of one package, loaded apart from Node's own cache: what is patched here is patched nowhere else,
 * whether the application loads the package before, after or never. Modules outside of the package are shared.
 */
export class PrivateModules {
  readonly #root: string;
  readonly #loaded = new Map<string, LoadedModule>();

  constructor(packageName: string) {
    this.#root = dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)) + sep;
  }

  /** By the path inside the package, without `.js`; the package itself for ''. */
  load<T>(path: string): T {
    return this.#module(this.#resolve(path)).exports as T;
  }

  /** To be called before anything is loaded that needs the module: others keep the exports that they find. */
  replace(path: string, exports: unknown): void {
    this.#loaded.set(this.#resolve(path), { exports });
  }

  #resolve(path: string): string {
    return createRequire(this.#root).resolve(join(this.#root, path));
  }

  #module(file: string): LoadedModule {
    const known = this.#loaded.get(file);
    if (known) return known;
    const module: LoadedModule = { exports: {} };
    this.#loaded.set(file, module);
    const native = createRequire(file);
    const require = (id: string): unknown => {
      const found = native.resolve(id);
      return found.startsWith(this.#root) && found.endsWith('.js') ? this.#module(found).exports : native(id);
    };
    const names = ['exports', 'require', 'module', '__filename', '__dirname'];
    const run = compileFunction(readFileSync(file, 'utf8'), names, { filename: file });
    run.call(module.exports, module.exports, require, module, file, dirname(file));
    return module;
  }
}
