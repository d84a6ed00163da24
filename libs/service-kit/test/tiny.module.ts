import {
  Body,
  Controller,
  Delete,
  type DynamicModule,
  Get,
  Headers,
  Module,
  Param,
  Post,
  Put,
  Query,
  UseGuards,
} from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { AppError } from '@sluice/core';
import { pgClient, Transactions } from '@sluice/messaging';
import { z } from 'zod';
import {
  AdminGuard,
  DatabaseModule,
  deadlineHeader,
  deadlineOf,
  pageQuery,
  text,
  textCursor,
  uuidParam,
} from '../src/index.ts';

export const thing = z.object({ name: text(1, 20), quantity: z.int().min(1) });
type Thing = z.infer<typeof thing>;
const thingQuery = pageQuery(textCursor);
type ThingQuery = z.infer<typeof thingQuery>;

/** Opened by a test to let the slow request end. */
export const gate = { open: (): void => undefined };

@Controller('things')
class ThingsController {
  constructor(private readonly transactions: Transactions) {}

  @Post()
  create(
    @Body({ schema: thing }) body: Thing,
    @Headers(deadlineHeader) deadline?: string,
  ): Thing & { traceId?: string } {
    const deadlineMs = deadlineOf(deadline);
    const traceId = trace.getActiveSpan()?.spanContext().traceId;
    return { ...body, ...(traceId && { traceId }), ...(deadlineMs && { deadlineMs }) };
  }

  @Get()
  list(@Query({ schema: thingQuery }) query: ThingQuery): ThingQuery {
    return query;
  }

  @Get('slow')
  slow(): Promise<{ slow: true }> {
    return new Promise((resolve) => (gate.open = () => resolve({ slow: true })));
  }

  @Get('broken')
  broken(): never {
    throw new Error('the secret cause');
  }

  @Get('busy')
  busy(): never {
    throw new AppError('unavailable', 'busy', 'Not now.', { retryAfterSeconds: 3 });
  }

  @Put('noted')
  async note(): Promise<{ noted: true }> {
    await this.transactions.run((tx) => pgClient(tx).query('create table if not exists notes (n int)'));
    return { noted: true };
  }

  @Put('kept')
  async keep(): Promise<{ kept: true }> {
    await this.transactions.run((tx) => pgClient(tx).query('insert into notes values (1)'));
    return { kept: true };
  }

  @Get(':id')
  get(@Param('id', { schema: uuidParam }) id: string): never {
    throw new AppError('not-found', 'thing-not-found', `There is no thing ${id}.`);
  }

  @Post(':id/touch')
  touch(@Param('id') id: string): { touched: string } {
    return { touched: id };
  }

  @Delete(':id')
  remove(@Param('id') id: string): { removed: string } {
    return { removed: id };
  }

  @Put('admin')
  @UseGuards(AdminGuard)
  admin(): { done: true } {
    return { done: true };
  }
}

@Module({})
export class TinyModule {
  static forRoot(url: string): DynamicModule {
    return {
      module: TinyModule,
      imports: [DatabaseModule.forRoot({ url, service: 'tiny', entities: [], migrations: [], poolSize: 2 })],
      controllers: [ThingsController],
    };
  }
}
