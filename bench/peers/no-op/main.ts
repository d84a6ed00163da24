import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { baseConfig, loadConfig, runService } from '@sluice/service-kit';

/** What is left of the order service when there is nothing to do for an order: its framework, and reading the body. */
@Controller('orders')
class NoOpController {
  @Post()
  @HttpCode(202)
  place(@Body() _order: unknown): { status: string } {
    return { status: 'PENDING' };
  }
}

@Module({ controllers: [NoOpController] })
class NoOpModule {}

await runService(NoOpModule, loadConfig('no-op', baseConfig));
