import { endAtOnceOnSignals } from '@sluice/core/signals';

endAtOnceOnSignals();
const { orderFields } = await import('@sluice/contracts');
const { loadConfig, runService } = await import('@sluice/service-kit');
const { orderConfig } = await import('./config.ts');
const { OrderModule } = await import('./order.module.ts');
const config = loadConfig('order', orderConfig);
// Orders are accepted while Kafka is unavailable: the outbox keeps their events.
await runService(OrderModule.forRoot(config), config, { kafka: 'optional', logFields: orderFields });
