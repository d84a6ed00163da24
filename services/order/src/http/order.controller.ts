import { Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Transactions } from '@sluice/messaging';
import { decodeCursor, encodeCursor, type Page } from '@sluice/service-kit';
import type { FastifyReply } from 'fastify';
import { CancelOrder } from '../app/cancel-order.ts';
import { GetOrder } from '../app/get-order.ts';
import { ListOrders } from '../app/list-orders.ts';
import type { OrderView } from '../app/order-view.ts';
import type { HistoryEntry } from '../app/ports.ts';
import { OrderNotFound } from '../domain/errors.ts';
import { preferredWaitOf } from './headers.ts';
import {
  historyResponse,
  listQuery,
  listResponse,
  placeInList,
  orderIdParam,
  orderResponse,
  type ListQuery,
} from './orders.schema.ts';

/** Longest `Prefer: wait` that is honoured; seconds. */
const maxWaitSeconds = 30;

const mayFollow = 'with Retry-After: the log of flow=log holds orders that are not placed yet, it may be one of them';

@ApiTags('orders')
@Controller('orders')
export class OrderController {
  constructor(
    private readonly transactions: Transactions,
    private readonly getOrder: GetOrder,
    private readonly listOrders: ListOrders,
    private readonly cancelOrder: CancelOrder,
  ) {}

  @Get()
  @ApiResponse({ status: 200, standardSchema: listResponse })
  async list(@Query({ schema: listQuery }) { cursor, ...query }: ListQuery): Promise<Page<OrderView>> {
    const { items, before } = await this.listOrders.run({ ...query, before: decodeCursor(cursor, placeInList) });
    return before === undefined ? { items } : { items, nextCursor: encodeCursor(before) };
  }

  @Get(':id')
  @ApiHeader({ name: 'prefer', required: false, description: 'wait=N: answer when it is settled, or after N s' })
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
    const order = await this.getOrder.settled(id, waitSeconds * 1_000);
    void reply.header('preference-applied', `wait=${waitSeconds}`);
    return order;
  }

  @Get(':id/history')
  @ApiResponse({ status: 200, standardSchema: historyResponse })
  async history(@Param('id', { schema: orderIdParam }) id: string): Promise<{ events: HistoryEntry[] }> {
    return { events: await this.getOrder.history(id) };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiResponse({ status: 200, standardSchema: orderResponse })
  @ApiResponse({ status: 409, description: 'it was rejected; with Retry-After: it is ACCEPTED and not placed yet' })
  @ApiResponse({ status: 404, description: mayFollow })
  async cancel(@Param('id', { schema: orderIdParam }) id: string): Promise<OrderView> {
    await this.transactions
      .run((tx) => this.cancelOrder.run(tx, id))
      .catch(async (error: unknown) => {
        throw error instanceof OrderNotFound ? await this.getOrder.whyMissing(id) : error;
      });
    return this.getOrder.run(id);
  }
}
