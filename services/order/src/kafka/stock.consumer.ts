import { Controller } from '@nestjs/common';
import { Consumes, type Transaction } from '@sluice/messaging';
import { stockTopic, type StockEvent } from '@sluice/contracts';
import type { Settlement } from '../app/ports.ts';
import { SettleOrders } from '../app/settle-orders.ts';

/** Not what is released: the order was cancelled before it asked for that. */
type Answer = Extract<StockEvent, { type: 'stock.reserved' | 'stock.rejected' }>;
const types: Answer['type'][] = ['stock.reserved', 'stock.rejected'];

@Controller()
export class StockConsumer {
  constructor(private readonly settleOrders: SettleOrders) {}

  @Consumes(stockTopic, { types })
  async on(events: Answer[], tx: Transaction): Promise<void> {
    await this.settleOrders.run(tx, events.map(settlementOf));
  }
}

function settlementOf({ type, data }: Answer): Settlement {
  const { orderId } = data;
  if (type === 'stock.reserved') return { orderId, outcome: { reserved: true } };
  return { orderId, outcome: { reserved: false, reason: data.reason } };
}
