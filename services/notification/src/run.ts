import { orderFields } from '@sluice/contracts';
import { loadConfig, runService } from '@sluice/service-kit';
import { notificationConfig } from './config.ts';
import { NotificationModule } from './notification.module.ts';

const config = loadConfig('notification', notificationConfig);
await runService(NotificationModule.forRoot(config), config, { logFields: orderFields });
