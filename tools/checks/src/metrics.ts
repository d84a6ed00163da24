import ts from 'typescript';
import { scope } from '@sluice/kit/workspace';
import { files, read } from './repository.ts';

export interface MetricDefinition {
  name: string;
  type: string;
  labels: string[];
  help: string;
  file: string;
}

const types = ['Counter', 'Gauge', 'Histogram', 'Summary'];

/** All that the sources of libraries and services define, below a folder. */
export function metricsBelow(folder: string): MetricDefinition[] {
  const sources = files(/^(libs|services)\/[^/]+\/src\/.*(?<!\.spec)\.ts$/).filter((file) => file.startsWith(folder));
  return sources.flatMap((file) => metricsOf(file, read(file)));
}

/** A row for each. Those of a library are in every service that uses it. */
export function metricsTable(folder: string): string {
  const rows = metricsBelow(folder)
    .sort((one, other) => one.name.localeCompare(other.name))
    .map(({ name, type, labels, help, file }) => {
      const [kind, owner] = file.split('/');
      const cells = [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(' '), unitOf(name), help];
      return [...cells, kind === 'libs' ? 'all' : owner].join(' | ').replaceAll(/\s+/g, ' ');
    });
  return ['metric | type | labels | unit | meaning | service', '--- | --- | --- | --- | --- | ---', ...rows]
    .map((row) => `| ${row} |`)
    .join('\n');
}

/** The unit, or what is counted, stands at the end of a name, before `_total` or a state such as `_in_flight`. */
export function unitOf(name: string): string {
  const word = name
    .replace(/_(total|in_[a-z]+)$/, '')
    .split('_')
    .at(-1)!;
  return word.endsWith('s') ? word : '';
}

/** Throws where name, help or labels are not written out: what the page says must be what is scraped. */
export function metricsOf(file: string, text: string): MetricDefinition[] {
  if (!text.includes("from 'prom-client'")) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: MetricDefinition[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && types.includes(node.expression.getText())) found.push(definitionOf(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function definitionOf(made: ts.NewExpression, source: ts.SourceFile): MetricDefinition {
  const options = made.arguments?.[0];
  const valueOf = (name: string): ts.Expression | undefined => {
    if (!options || !ts.isObjectLiteralExpression(options)) throw notWrittenOut(made, 'the options', source);
    for (const member of options.properties) {
      if (member.name?.getText() !== name) continue;
      if (ts.isPropertyAssignment(member)) return member.initializer;
      if (ts.isShorthandPropertyAssignment(member)) return member.name;
    }
    return undefined;
  };
  const [name, help, labels] = [valueOf('name'), valueOf('help'), valueOf('labelNames')];
  return {
    name: textOf(name ?? made, source),
    type: made.expression.getText().toLowerCase(),
    labels: labels ? labelsOf(labels, source) : [],
    help: textOf(help ?? made, source),
    file: source.fileName,
  };
}

function textOf(node: ts.Expression, source: ts.SourceFile): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return textOf(node.left, source) + textOf(node.right, source);
  }
  const isOfScope =
    ts.isTemplateExpression(node) && node.templateSpans.every((one) => one.expression.getText() === 'scope');
  if (!isOfScope) throw notWrittenOut(node, 'a text', source);
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(scope);
}

function labelsOf(node: ts.Expression, source: ts.SourceFile): string[] {
  if (ts.isAsExpression(node)) return labelsOf(node.expression, source);
  if (ts.isArrayLiteralExpression(node)) return node.elements.map((element) => textOf(element, source));
  const value = ts.isIdentifier(node) ? constantOf(node.text, source) : undefined;
  if (!value) throw notWrittenOut(node, 'a list of labels', source);
  return labelsOf(value, source);
}

function constantOf(name: string, source: ts.SourceFile): ts.Expression | undefined {
  const find = (node: ts.Node): ts.Expression | undefined =>
    ts.isVariableDeclaration(node) && node.name.getText() === name ? node.initializer : ts.forEachChild(node, find);
  return find(source);
}

function notWrittenOut(node: ts.Node, what: string, source: ts.SourceFile): Error {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  return new Error(`${source.fileName}:${line + 1}: ${what} of a metric must be written out, for docs/metrics.md`);
}
