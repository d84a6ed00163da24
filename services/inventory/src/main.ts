import { orderFields } from '@sluice/contracts';
import { runService } from '@sluice/service-kit';
import { loadInventoryConfig } from './config.ts';
import { InventoryModule } from './inventory.module.ts';

const config = loadInventoryConfig();
await runService(InventoryModule.forRoot(config), config, { logFields: orderFields });
