import { orderFields } from '@sluice/contracts';
import { runService } from '@sluice/service-kit';
import { loadNotificationConfig } from './config.ts';
import { NotificationModule } from './notification.module.ts';

const config = loadNotificationConfig();
await runService(NotificationModule.forRoot(config), config, { logFields: orderFields });
