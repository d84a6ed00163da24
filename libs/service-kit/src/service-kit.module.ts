import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { Log } from '@sluice/core';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { DeadLettersController } from './admin/dead-letters.controller.ts';
import { AdminGuard } from './admin.guard.ts';
import type { BaseConfig } from './config.ts';
import { HealthController } from './health.controller.ts';
import { Lifecycle } from './lifecycle.ts';
import { LoopbackGuard } from './loopback.guard.ts';
import { createRegistry, MetricsController } from './metrics.ts';
import { ShedRequests } from './overload/shed-requests.ts';
import { Readiness } from './readiness.ts';
import { BASE_CONFIG } from './tokens.ts';

/** The root of every service's module graph: what service-kit provides to all, and the service's own module. */
@Module({})
export class ServiceKitModule {
  static around(service: Type | DynamicModule, config: BaseConfig, logger: Logger): DynamicModule {
    return {
      module: ServiceKitModule,
      global: true,
      imports: [service],
      controllers: [HealthController, MetricsController, DeadLettersController],
      providers: [
        { provide: BASE_CONFIG, useValue: config },
        { provide: Log, useValue: logger },
        { provide: Registry, useFactory: () => createRegistry(config.service) },
        AdminGuard,
        LoopbackGuard,
        Lifecycle,
        Readiness,
        ShedRequests,
      ],
      exports: [BASE_CONFIG, Log, Registry, AdminGuard, Lifecycle, Readiness, ShedRequests],
    };
  }
}
