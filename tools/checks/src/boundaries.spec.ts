import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';

// The planted files do not exist, so nothing is known of their types: only the rules on imports are of interest here.
const eslint = new ESLint({
  cwd: new URL('../../..', import.meta.url).pathname,
  overrideConfig: [tseslint.configs.disableTypeChecked],
});

/** What the rule says of one import line, as if it stood in that file. */
async function violations(filePath: string, line: string, rule = 'no-restricted-imports'): Promise<string[]> {
  const [result] = await eslint.lintText(`${line}\n`, { filePath });
  return (result?.messages ?? []).filter(({ ruleId }) => ruleId === rule).map(({ message }) => message);
}

/** One planted violation a rule: [the room, an import it must refuse, the same room's legal import]. */
const rooms: [file: string, forbidden: string, allowed: string][] = [
  ['services/order/src/domain/order.ts', '@nestjs/common', './order-line.ts'],
  ['services/order/src/domain/order.ts', '../app/ports.ts', '@sluice/messaging/errors'],
  ['services/order/src/app/place-orders.ts', '../adapters/order.store.ts', '../domain/order.ts'],
  ['services/order/src/app/place-orders.ts', '@sluice/service-kit', '@sluice/messaging'],
  ['services/order/src/http/orders.controller.ts', '../adapters/order.store.ts', '../app/place-orders.ts'],
  ['services/order/src/http/orders.controller.ts', 'typeorm', '@nestjs/common'],
  ['services/order/src/kafka/stock.consumer.ts', '../http/orders.schema.ts', '../app/settle-orders.ts'],
  ['services/order/src/adapters/order.store.ts', '../kafka/stock.consumer.ts', 'typeorm'],
  ['services/order/src/adapters/order.store.ts', '../app/place-orders.ts', '../app/ports.ts'],
  ['services/order/src/adapters/order.store.ts', 'kafkajs', '../domain/order.ts'],
  ['libs/messaging/src/contracts/envelope.ts', '../drivers/port.ts', 'zod'],
  ['libs/messaging/src/index.ts', 'kafkajs', './errors.ts'],
  ['libs/messaging/src/index.ts', 'typeorm', 'pg'],
  ['libs/messaging/src/drivers/index.ts', 'typeorm', 'kafkajs'],
  ['bench/src/runner.ts', 'kafkajs', '@sluice/messaging/drivers'],
];

// The rule on projects reads Nx's cached graph and does nothing without one.
beforeAll(async () => {
  await createProjectGraphAsync();
}, 60_000);

describe('rooms', () => {
  it.each(rooms)('%s refuses %s and takes %s', async (file, forbidden, allowed) => {
    expect(await violations(file, `import '${forbidden}';`)).not.toEqual([]);
    expect(await violations(file, `import '${allowed}';`)).toEqual([]);
  });
});

describe('projects', () => {
  it.each([
    ['services/order/src/main.ts', '../../inventory/src/main.ts'],
    ['libs/messaging/src/index.ts', '../../../tools/checks/src/boundaries.js'],
    ['tools/stack/src/main.ts', '../../../services/order/src/main.ts'],
    ['e2e/src/smoke.ts', '../../services/order/src/main.ts'],
  ])('%s may not reach %s', async (file, forbidden) => {
    const rule = '@nx/enforce-module-boundaries';
    expect(await violations(file, `import x from '${forbidden}';\nx();`, rule)).not.toEqual([]);
  });
});
