import { Body, Controller, Delete, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { Transactions } from '@sluice/messaging';
import { AppError, Semaphore } from '@sluice/core';
import { ApiDeadline, deadlineHeader, deadlineOf, deadlinePassed, untilDeadline, uuidParam } from '@sluice/service-kit';
import { ReleaseStock } from '../app/release-stock.ts';
import { ReserveStock } from '../app/reserve-stock.ts';
import {
  reservationRequest,
  reservationResponse,
  type ReservationBody,
  type ReservationResponse,
} from './reservations.schema.ts';

/** The synchronous flow: the same use cases as Kafka's, transactions of its own, no events. */
@ApiTags('reservations')
@Controller('reservations')
export class ReservationsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly reserveStock: ReserveStock,
    private readonly releaseStock: ReleaseStock,
    private readonly releases: Semaphore,
  ) {}

  @Post()
  @ApiDeadline()
  @ApiResponse({ status: 201, standardSchema: reservationResponse })
  async reserve(
    @Body({ schema: reservationRequest }) body: ReservationBody,
    @Headers(deadlineHeader) deadline?: string,
  ): Promise<ReservationResponse> {
    const deadlineMs = deadlineOf(deadline) ?? Infinity;
    const { orderId } = body;
    const outcome = await untilDeadline(this.reserveStock.submit(body, deadlineMs), deadlineMs, { orderId });
    if (!outcome) throw deadlinePassed({ orderId });
    if (outcome.status === 'RESERVED') return { orderId, status: outcome.status };
    throw new AppError('conflict', 'stock-rejected', 'The order can not have all that it wants.', {
      details: { orderId, reason: outcome.reason, sku: outcome.sku },
    });
  }

  @Delete(':orderId')
  @HttpCode(204)
  async release(@Param('orderId', { schema: uuidParam }) orderId: string): Promise<void> {
    await this.releases.run(() => this.transactions.run((tx) => this.releaseStock.run(tx, [orderId])));
  }
}
