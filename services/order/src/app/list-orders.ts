import { Injectable } from '@nestjs/common';
import type { OrderView } from './order-view.ts';
import { OrderReader, type OrderFilter } from './ports.ts';

export interface OrderPage {
  items: OrderView[];
  /** Id of the last order of this page, when there are more. */
  before?: string;
}

@Injectable()
export class ListOrders {
  constructor(private readonly orders: OrderReader) {}

  async run(filter: OrderFilter): Promise<OrderPage> {
    const found = await this.orders.list({ ...filter, limit: filter.limit + 1 });
    const items = found.slice(0, filter.limit);
    return found.length > filter.limit ? { items, before: items.at(-1)!.id } : { items };
  }
}
