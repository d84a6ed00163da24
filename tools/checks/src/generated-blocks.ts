import { benchTables } from '@sluice/bench/table';
import ts from 'typescript';
import { metricsTable } from './metrics.ts';
import { read } from './repository.ts';

const block = /<!-- (options|code|bench|metrics) (\S+?)(?:#(\S+))? -->\n.*?<!-- \/\1 -->/gs;

/**
 * A Markdown text with its generated blocks made again: `options FILE#Interface` is a table of an interface's members
 * with their doc comments, `code FILE#marker` what stands between `// <marker>` and `// </marker>` in a source file,
 * `bench FILE` the tables of a result of the bench, `metrics FOLDER` a table of the metrics that the sources below define.
 */
export function withGeneratedBlocks(markdown: string): string {
  return markdown.replaceAll(block, (_all, kind: string, file: string, part: string = '') => {
    const make = { bench: benchTables, options: optionsTable, code: codeBlock }[kind];
    const tag = part === '' ? `${kind} ${file}` : `${kind} ${file}#${part}`;
    return `<!-- ${tag} -->\n\n${make ? make(read(file), part) : metricsTable(file)}\n\n<!-- /${kind} -->`;
  });
}

/** Throws when the file has no such interface, or when a member has no doc comment. */
export function optionsTable(source: string, name: string): string {
  const file = ts.createSourceFile('options.ts', source, ts.ScriptTarget.Latest, true);
  const found = file.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
  if (!found || !ts.isInterfaceDeclaration(found)) throw new Error(`there is no interface ${name}`);
  const rows = found.members.map((member) => {
    const option = member.name?.getText(file) ?? '';
    const comment = ts.getJSDocCommentsAndTags(member).map(({ comment: text }) => ts.getTextOfJSDocComment(text) ?? '');
    const words = comment.join(' ').replaceAll(/\s+/g, ' ').trim();
    if (words === '') throw new Error(`${name}.${option} has no doc comment`);
    return `| \`${option}\` | ${words.replaceAll('|', '\\|')} |`;
  });
  return ['| option | meaning |', '| --- | --- |', ...rows].join('\n');
}

export function codeBlock(source: string, marker: string): string {
  const found = new RegExp(`^// <${marker}>\n(.*?)^// </${marker}>`, 'ms').exec(source)?.[1];
  if (found === undefined) throw new Error(`there is no part marked ${marker}`);
  // Tests import the library by a path; its users don't.
  return `\`\`\`ts\n${found.replaceAll("'../src/index.ts'", "'@sluice/service-kit'").trimEnd()}\n\`\`\``;
}
