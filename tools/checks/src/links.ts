import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Targets of Markdown links and images in `text` that point into the repository, fragments removed. */
export function localLinks(text: string): string[] {
  const prose = text.replaceAll(/```.*?```/gs, (block) => (block.startsWith('```mermaid') ? block : ''));
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|^\s*click \S+ (?:href )?"([^"]+)"/gm)];
  return targets
    .map(([, link, click]) => (link ?? click ?? '').split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

/** One line for each link of a Markdown file that leads nowhere. */
export function brokenLinks(file: string): string[] {
  return localLinks(readFileSync(file, 'utf8'))
    .filter((target) => !existsSync(resolve(dirname(file), target)))
    .map((target) => `${file}: ${target} does not exist`);
}
