import { runService } from '@sluice/service-kit';
import { loadOrderConfig } from './config.ts';
import { OrderModule } from './order.module.ts';

const config = loadOrderConfig();
// Orders are accepted while Kafka is away: the outbox keeps what has to be told.
await runService(OrderModule.forRoot(config), config, { kafka: 'optional' });
