import { orderFields } from '@sluice/contracts';
import { loadConfig, runService } from '@sluice/service-kit';
import { inventoryConfig } from './config.ts';
import { InventoryModule } from './inventory.module.ts';

const config = loadConfig('inventory', inventoryConfig);
await runService(InventoryModule.forRoot(config), config, { logFields: orderFields });
