import { Body, Controller, Get, Param, Put, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AdminGuard, paginate, textCursorOf, type Page } from '@sluice/service-kit';
import { ManageStock } from '../app/manage-stock.ts';
import type { StockLevel } from '../app/ports.ts';
import {
  skuParam,
  stockBody,
  stockLevel,
  stockPage,
  stockQuery,
  type StockBody,
  type StockQuery,
} from './stock.schema.ts';

@ApiTags('stock')
@Controller('stock')
export class StockController {
  constructor(private readonly stock: ManageStock) {}

  @Get()
  @ApiResponse({ status: 200, standardSchema: stockPage })
  async list(@Query({ schema: stockQuery }) { cursor, limit }: StockQuery): Promise<Page<StockLevel>> {
    const levels = await this.stock.list(cursor, limit + 1);
    return paginate(levels, limit, ({ sku }) => textCursorOf(sku));
  }

  @Get(':sku')
  @ApiResponse({ status: 200, standardSchema: stockLevel })
  get(@Param('sku', { schema: skuParam }) sku: string): Promise<StockLevel> {
    return this.stock.get(sku);
  }

  @Put(':sku')
  @UseGuards(AdminGuard)
  @ApiBearerAuth()
  @ApiResponse({ status: 200, standardSchema: stockLevel })
  set(
    @Param('sku', { schema: skuParam }) sku: string,
    @Body({ schema: stockBody }) { available }: StockBody,
  ): Promise<StockLevel> {
    return this.stock.set(sku, available);
  }
}
