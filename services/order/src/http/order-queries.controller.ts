import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import { paginate, type Page } from '@sluice/service-kit';
import type { FastifyReply } from 'fastify';
import { GetOrder } from '../app/get-order.ts';
import type { OrderView } from '../app/order-view.ts';
import { OrderReader, type HistoryEntry } from '../app/ports.ts';
import { callerLeft } from './caller-left.ts';
import { preferredWaitOf } from './headers.ts';
import {
  historyResponse,
  listQuery,
  listResponse,
  mayFollow,
  orderCursorOf,
  orderIdParam,
  orderResponse,
  type ListQuery,
} from './orders.schema.ts';

/** Longest `Prefer: wait` that is honoured; seconds. */
const maxWaitSeconds = 30;

@ApiTags('orders')
@Controller('orders')
export class OrderQueriesController {
  constructor(
    private readonly getOrder: GetOrder,
    private readonly orders: OrderReader,
  ) {}

  @Get()
  @ApiResponse({ status: 200, standardSchema: listResponse })
  async list(@Query({ schema: listQuery }) { cursor, limit, ...filter }: ListQuery): Promise<Page<OrderView>> {
    const found = await this.orders.list({ ...filter, before: cursor, limit: limit + 1 });
    return paginate(found, limit, orderCursorOf);
  }

  @Get(':id')
  @ApiHeader({ name: 'prefer', required: false, description: 'wait=N: answer when it is terminal, or after N s' })
  @ApiResponse({ status: 200, standardSchema: orderResponse })
  @ApiResponse({ status: 404, description: mayFollow })
  async get(
    @Param('id', { schema: orderIdParam }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('prefer') prefer?: string,
  ): Promise<OrderView> {
    const wished = preferredWaitOf(prefer);
    if (wished === undefined) return this.getOrder.run(id);
    const waitSeconds = Math.min(wished, maxWaitSeconds);
    const order = await this.getOrder.whenTerminal(id, waitSeconds * 1_000, callerLeft(reply));
    void reply.header('preference-applied', `wait=${waitSeconds}`);
    return order;
  }

  @Get(':id/history')
  @ApiResponse({ status: 200, standardSchema: historyResponse })
  async history(@Param('id', { schema: orderIdParam }) id: string): Promise<{ events: HistoryEntry[] }> {
    return { events: await this.getOrder.history(id) };
  }
}
