import { orderFields } from '@sluice/contracts';
import { runService } from '@sluice/service-kit';
import { loadOrderConfig } from './config.ts';
import { OrderModule } from './order.module.ts';

const config = loadOrderConfig();
// Orders are accepted while Kafka is unavailable: the outbox keeps their events.
await runService(OrderModule.forRoot(config), config, { kafka: 'optional', logFields: orderFields });
