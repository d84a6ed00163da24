import { Injectable } from '@nestjs/common';
import type { OrderView } from './order-view.ts';
import { OrderReader, type OrderFilter, type PlaceInList } from './ports.ts';

export interface OrderPage {
  items: OrderView[];
  /** The last order of this page, when there are more. */
  before?: PlaceInList;
}

@Injectable()
export class ListOrders {
  constructor(private readonly orders: OrderReader) {}

  async run(filter: OrderFilter): Promise<OrderPage> {
    const found = await this.orders.list({ ...filter, limit: filter.limit + 1 });
    const items = found.slice(0, filter.limit);
    if (found.length <= filter.limit) return { items };
    const { createdAt, id } = items.at(-1)!;
    return { items, before: { createdAt, id } };
  }
}
