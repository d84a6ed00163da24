import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { Transactions } from '@sluice/messaging';
import { CancelOrder } from '../app/cancel-order.ts';
import { GetOrder } from '../app/get-order.ts';
import type { OrderView } from '../app/order-view.ts';
import { OrderNotFound } from '../domain/errors.ts';
import { mayFollow, orderIdParam, orderResponse } from './orders.schema.ts';

@ApiTags('orders')
@Controller('orders')
export class OrderCancellationsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly cancelOrder: CancelOrder,
    private readonly getOrder: GetOrder,
  ) {}

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
