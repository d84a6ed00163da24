import ts from 'typescript';

/** An import, or an export from another module. */
export interface Import {
  specifier: string;
  /** Nothing of it is left when the types are stripped. */
  isTypeOnly: boolean;
  /** As the other module calls them; empty for `*` and for side effects. */
  names: { name: string; isType: boolean }[];
}

export interface ReExport {
  specifier: string;
  /** What the other module calls it. */
  name: string;
}

/** What one file says about others: no types are needed to know it, so parsing is enough. */
export interface Module {
  imports: Import[];
  /** Exported names; a re-export says where it comes from. */
  exports: Map<string, ReExport | undefined>;
  /** Modules all of whose names are exported. */
  exportsAllOf: string[];
  /** `parent`: name of the superclass, as this module calls it. */
  classes: { name: string; parent?: string }[];
  /** What a local name stands for in another module. */
  locals: Map<string, ReExport>;
}

type Names = Import['names'];

const nameOf = (node: ts.ModuleExportName) => node.text;
const onlyTypes = (names: Names) => names.length > 0 && names.every(({ isType }) => isType);
const importedNames = (elements: Iterable<ts.ImportSpecifier | ts.ExportSpecifier>, isType: boolean): Names =>
  [...elements].map((one) => ({ name: nameOf(one.propertyName ?? one.name), isType: isType || one.isTypeOnly }));
const isExported = (node: ts.Node) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

export function parseModule(text: string, fileName = 'module.ts'): Module {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest);
  const module: Module = { imports: [], exports: new Map(), exportsAllOf: [], classes: [], locals: new Map() };
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) addImport(module, statement);
    else if (ts.isExportDeclaration(statement)) addExport(module, statement);
    else if (ts.isExportAssignment(statement)) module.exports.set('default', undefined);
    else addDeclaration(module, statement, file);
  }
  return module;
}

function addImport(module: Module, { moduleSpecifier, importClause }: ts.ImportDeclaration): void {
  const specifier = (moduleSpecifier as ts.StringLiteral).text;
  const bindings = importClause?.namedBindings;
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : undefined;
  for (const { name, propertyName } of named ?? []) {
    module.locals.set(name.text, { specifier, name: nameOf(propertyName ?? name) });
  }
  if (importClause?.name) module.locals.set(importClause.name.text, { specifier, name: 'default' });
  const isType = importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  const names = importedNames(named ?? [], isType);
  if (importClause?.name) names.push({ name: 'default', isType });
  module.imports.push({ specifier, isTypeOnly: isType || onlyTypes(names), names });
}

function addExport(module: Module, { moduleSpecifier, exportClause, isTypeOnly }: ts.ExportDeclaration): void {
  const specifier = moduleSpecifier && (moduleSpecifier as ts.StringLiteral).text;
  const named = exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : [];
  for (const { name, propertyName } of named) {
    const original = nameOf(propertyName ?? name);
    module.exports.set(nameOf(name), specifier ? { specifier, name: original } : module.locals.get(original));
  }
  if (exportClause && ts.isNamespaceExport(exportClause)) module.exports.set(nameOf(exportClause.name), undefined);
  if (!specifier) return;
  if (!exportClause) module.exportsAllOf.push(specifier);
  const names = importedNames(named, isTypeOnly);
  module.imports.push({ specifier, isTypeOnly: isTypeOnly || onlyTypes(names), names });
}

function addDeclaration(module: Module, node: ts.Statement, file: ts.SourceFile): void {
  const names: string[] = [];
  if (ts.isVariableStatement(node)) {
    names.push(...node.declarationList.declarations.flatMap(({ name }) => boundNames(name)));
  } else if (
    ts.isClassDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node)
  ) {
    names.push(node.name?.text ?? 'default');
  }
  if (ts.isClassDeclaration(node) && node.name) {
    const heritage = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
    module.classes.push({ name: node.name.text, parent: heritage?.types[0]?.expression.getText(file) });
  }
  if (isExported(node)) for (const name of names) module.exports.set(name, undefined);
}

const boundNames = (name: ts.BindingName): string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
