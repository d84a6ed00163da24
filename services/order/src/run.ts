import { orderFields } from '@sluice/contracts';
import { loadConfig, runService } from '@sluice/service-kit';
import { orderConfig } from './config.ts';
import { OrderModule } from './order.module.ts';

const config = loadConfig('order', orderConfig);
// Orders are accepted while Kafka is unavailable: the outbox keeps their events.
await runService(OrderModule.forRoot(config), config, { kafka: 'optional', logFields: orderFields });
