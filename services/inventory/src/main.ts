import { endAtOnceOnSignals } from '@sluice/core/signals';

endAtOnceOnSignals();
const { orderFields } = await import('@sluice/contracts');
const { loadConfig, runService } = await import('@sluice/service-kit');
const { inventoryConfig } = await import('./config.ts');
const { InventoryModule } = await import('./inventory.module.ts');
const config = loadConfig('inventory', inventoryConfig);
await runService(InventoryModule.forRoot(config), config, { logFields: orderFields });
