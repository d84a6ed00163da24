import ts from 'typescript';

/** The one file that says what everything of this repository is called outside of it. */
export const scopeFile = 'libs/core/src/scope.ts';

/** What a project made from this one doesn't take along: the bench compares Sluice, by this name, with its peers. */
export const mayNameTheProject = [/^bench\//, /^tools\/checks\/src\/text\//];

/** Names of packages are import specifiers, also where they stand in a string. */
const name = /(?<!@)sluice/i;

/** One line for each place in code that names the project: import paths and comments may, everything else asks scope. */
export function scopeInCode(file: string, text: string): string[] {
  if (file === scopeFile) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.moduleSpecifier)) return;
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return;
    const isText = ts.isLiteralExpression(node) || ts.isIdentifier(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if ((isText || ts.isTemplateHead(node)) && name.test(node.text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file}:${line + 1}: ${node.getText().slice(0, 60)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
