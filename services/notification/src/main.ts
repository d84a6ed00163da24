import { endAtOnceOnSignals } from '@sluice/core/signals';

endAtOnceOnSignals();
const { orderFields } = await import('@sluice/contracts');
const { loadConfig, runService } = await import('@sluice/service-kit');
const { notificationConfig } = await import('./config.ts');
const { NotificationModule } = await import('./notification.module.ts');
const config = loadConfig('notification', notificationConfig);
await runService(NotificationModule.forRoot(config), config, { logFields: orderFields });
