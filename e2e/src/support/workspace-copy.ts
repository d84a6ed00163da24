import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { scope, workspaceRoot } from '@sluice/kit/workspace';

/** A copy of this repository as it is now, installed, that can be changed. */
export class WorkspaceCopy {
  readonly folder = mkdtempSync(join(tmpdir(), `${scope}-copy-`));

  constructor() {
    for (const file of this.#git('ls-files', '--cached', '--others', '--exclude-standard')) {
      mkdirSync(dirname(this.path(file)), { recursive: true });
      copyFileSync(join(workspaceRoot, file), this.path(file));
    }
    this.#copyPackages();
    execFileSync('git', ['init', '--quiet'], { cwd: this.folder });
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  /** Puts `addition` before the only place where `before` stands. */
  insert(file: string, before: string, addition: string): void {
    const parts = this.read(file).split(before);
    if (parts.length !== 2) throw new Error(`"${before}" stands in ${file} ${parts.length - 1} times`);
    writeFileSync(this.path(file), parts.join(addition + before));
  }

  /** Exit code and output of a program of the copy. */
  run(command: string, ...args: string[]): { code: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: this.folder, encoding: 'utf8' });
    return { code: status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #git(...args: string[]): string[] {
    return execFileSync('git', args, { cwd: workspaceRoot, encoding: 'utf8' }).split('\n').filter(Boolean);
  }

  // Hard links where the file system allows them, but not for what npm writes.
  #copyPackages(): void {
    const [from, to] = [join(workspaceRoot, 'node_modules'), this.path('node_modules')];
    const lockfile = '.package-lock.json';
    if (spawnSync('cp', ['-al', from, to]).status !== 0) {
      rmSync(to, { recursive: true, force: true });
      cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    }
    rmSync(join(to, lockfile));
    copyFileSync(join(from, lockfile), join(to, lockfile));
  }
}
