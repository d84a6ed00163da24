/** One violation a rule, as if the line stood in the file, and beside it what the same file may do. */
export interface Planted {
  rule: string;
  file: string;
  refused: string;
  allowed?: string;
}

const order = 'services/order/src';
const plant = (rule: string, file: string, refused: string, allowed?: string): Planted => ({
  rule,
  file,
  refused,
  allowed,
});

export const plantedProjectImports = [
  plant('floor:core', 'libs/core/src/errors.ts', '@sluice/kafka'),
  plant('floor:kafka', 'libs/kafka/src/index.ts', '@sluice/messaging', '@sluice/core'),
  plant('floor:kafka', 'libs/kafka/src/index.ts', '@sluice/kafka-clients'),
  plant('floor:kafka-clients', 'libs/kafka-clients/src/index.ts', '@sluice/messaging', '@sluice/kafka/driver'),
  plant('floor:messaging', 'libs/messaging/src/index.ts', '@sluice/contracts', '@sluice/kafka'),
  plant('floor:service-kit', 'libs/service-kit/src/index.ts', '@sluice/contracts', '@sluice/messaging'),
  plant('floor:contracts', 'libs/contracts/src/index.ts', '@sluice/service-kit', '@sluice/messaging/contract'),
  plant('type:service', `${order}/main.ts`, '@sluice/load', '@sluice/contracts'),
  // A service exports nothing, so a path is the only way to it.
  plant('type:tool', 'tools/stack/src/main.ts', '../../../services/order/src/main.ts', '@sluice/contracts'),
  plant('type:e2e', 'e2e/src/smoke.ts', '../../services/order/src/main.ts', '@sluice/load'),
].map((one) => ({ ...one, rule: `project ${one.rule}` }));

export const plantedImports = [
  plant('package kafkajs', 'libs/kafka/src/drivers/a.ts', "import 'kafkajs';", "import './port.ts';"),
  plant('package @platformatic/kafka', `${order}/kafka/stock.consumer.ts`, "import '@platformatic/kafka';"),
  plant('package typeorm', `${order}/http/orders.controller.ts`, "import 'typeorm';", "import '@nestjs/common';"),
  plant(
    'package pg',
    'libs/messaging/src/outbox/outbox.ts',
    "import type pg from 'pg';",
    "import '../postgres/postgres-transactions.ts';",
  ),

  plant('home libs/kafka-clients/src/**', 'libs/kafka-clients/src/index.ts', "import 'pg';", "import 'kafkajs';"),
  plant('home libs/messaging/src/postgres/**', 'libs/messaging/src/postgres/a.ts', "import 'typeorm';", "import 'pg';"),
  plant(
    'home libs/service-kit/src/database/**',
    'libs/service-kit/src/database/a.ts',
    "import 'kafkajs';",
    "import 'pg';",
  ),
  plant('home services/*/src/adapters/**', `${order}/adapters/order.store.ts`, "import 'pg';", "import 'typeorm';"),
  plant('home tools/**', 'tools/load/src/run/a.ts', "import 'kafkajs';", "import 'pg';"),

  plant('libs/core/src/** never @nestjs/', 'libs/core/src/log.ts', "import '@nestjs/common';", "import './errors.ts';"),
  plant('libs/core/src/** never rxjs', 'libs/core/src/log.ts', "import 'rxjs';"),
  plant(
    'libs/kafka/src/** never @nestjs/',
    'libs/kafka-clients/src/a.ts',
    "import '@nestjs/common';",
    "import 'kafkajs';",
  ),
  plant('libs/kafka/src/** never rxjs', 'libs/kafka/src/index.ts', "import 'rxjs';", "import '@sluice/core';"),
  plant(
    'libs/messaging/src/** never @sluice/kafka-clients',
    'libs/messaging/src/nest/messaging.module.ts',
    "import '@sluice/kafka-clients';",
    "import '@sluice/kafka';",
  ),
  plant('libs/contracts/src/** only', 'libs/contracts/src/a.ts', "import '@sluice/messaging';", "import 'zod';"),

  plant(
    'services/*/src/domain/** only',
    `${order}/domain/order.ts`,
    "import '../app/ports.ts';",
    "import './line.ts';",
  ),
  plant(
    'services/*/src/domain/** only',
    `${order}/domain/order.ts`,
    "import '@nestjs/common';",
    "import '@sluice/core';",
  ),
  plant(
    'services/*/src/domain/** types @sluice/contracts$',
    `${order}/domain/order.ts`,
    "import { ordersTopic } from '@sluice/contracts';",
    "import type { Order } from '@sluice/contracts';",
  ),
  plant(
    'services/*/src/app/** only',
    `${order}/app/a.ts`,
    "import '../adapters/a.ts';",
    "import '../domain/order.ts';",
  ),
  plant('services/*/src/app/** only', `${order}/app/a.ts`, "import { Producer } from '@sluice/kafka';"),
  plant('services/*/src/app/** only', `${order}/app/a.ts`, "import '@sluice/service-kit';", "import './ports.ts';"),
  plant(
    'services/*/src/app/** names @sluice/messaging',
    `${order}/app/place-orders.ts`,
    "import { pgClient } from '@sluice/messaging';",
    "import { GroupCommit, type Transaction } from '@sluice/messaging';",
  ),
  plant(
    'services/*/src/app/** names @nestjs/common',
    `${order}/app/place-orders.ts`,
    "import { HttpException } from '@nestjs/common';",
    "import { Injectable } from '@nestjs/common';",
  ),
  ...inboundLayer('http', 'kafka'),
  ...inboundLayer('kafka', 'http'),
  plant(
    'services/*/src/adapters/** never (\\.\\./)+(http|kafka)/',
    `${order}/adapters/a.ts`,
    "import '../kafka/a.ts';",
  ),
  plant(
    'services/*/src/adapters/** never (\\.\\./)+app/(?!ports\\.ts$)',
    `${order}/adapters/migrations/a.ts`,
    "import '../../app/place-orders.ts';",
    "import '../../app/ports.ts';",
  ),
  plant(
    'services/*/src/adapters/** never (\\.\\./)+[^/]*\\.module',
    `${order}/adapters/a.ts`,
    "import '../order.module.ts';",
  ),
];

function inboundLayer(layer: string, other: string): Planted[] {
  const rule = `services/*/src/${layer}/** never`;
  const file = `${order}/${layer}/orders.ts`;
  const folders = `${rule} (\\.\\./)+(adapters|${other})/`;
  return [
    plant(folders, file, "import '../adapters/order.store.ts';", "import '../app/place-orders.ts';"),
    plant(folders, file, `import '../${other}/orders.ts';`, "import '../domain/order.ts';"),
    plant(`${rule} (\\.\\./)+[^/]*\\.module`, file, "import '../order.module.ts';"),
  ];
}

const source = 'libs/core/src/a.ts';
const spec = 'libs/core/src/a.spec.ts';
const syntax = 'no-restricted-syntax';
const calls = (count: number) => 'void 0;\n'.repeat(count);

export const plantedCode = [
  plant('@typescript-eslint/no-explicit-any', source, 'export let a: any;', 'export let a: unknown;'),
  plant('@typescript-eslint/no-unused-vars', source, 'const a = 1;', 'const _a = 1;'),
  plant(
    `${syntax} AssignmentExpression[operator!="="] > AwaitExpression.right`,
    source,
    'sum += await f();',
    'sum = await f();',
  ),
  plant(
    `${syntax} :matches(MethodDefinition[kind!="constructor"], PropertyDefinition)[accessibility="private"]`,
    source,
    'class A { private a = 1; private b() {} }',
    'class A { #a = 1; private constructor(private readonly c: string) {} }',
  ),
  plant('no-empty', source, 'try { f(); } catch {}', 'try { f(); } catch { g(); }'),
  plant('max-lines', source, calls(251), calls(249)),
  plant('max-lines-per-function', source, `function f() {\n${calls(69)}}`, `function f() {\n${calls(68)}}`),
  plant('max-params', source, 'f((a, b, c, d, e, g) => 1);', 'f((a, b, c, d, e) => 1);'),
  plant('no-console', source, 'console.log(1);'),
  plant('no-restricted-properties', `${order}/main.ts`, "process.env['A'];", 'process.pid;'),
  plant('no-restricted-properties', `${order}/app/a.ts`, "const a = process['env'];"),
  plant(`${syntax} MemberExpression[property.name="only"]`, spec, "it.only('a', f);", "it('a', f);"),
  plant(`${syntax} Identifier[name=/^(sleep|delay)$/]`, spec, 'await sleep(1);', 'await eventually(f);'),
  plant(
    `${syntax} ImportDeclaration[source.value="node:timers/promises"]`,
    'e2e/src/a.e2e-spec.ts',
    "import { setTimeout } from 'node:timers/promises';",
    "import { readFile } from 'node:fs/promises';",
  ),
];

/** These ask for types, so the file has to exist. */
export const plantedTypedCode = [
  plant('@typescript-eslint/no-floating-promises', '', 'Promise.resolve();', 'void Promise.resolve();'),
  plant(
    '@typescript-eslint/switch-exhaustiveness-check',
    '',
    "declare const a: 'b' | 'c';\nswitch (a) { case 'b': break; }",
    "declare const a: 'b' | 'c';\nswitch (a) { case 'b': break; case 'c': break; }",
  ),
].map((one) => ({ ...one, file: 'tools/checks/src/links.ts' }));
