import { Controller } from '@nestjs/common';
import { Consumes, type Transaction } from '@sluice/messaging';
import { stockTopic, type StockEvent } from '@sluice/messaging/contracts';
import type { Settlement } from '../app/ports.ts';
import { SettleOrders } from '../app/settle-orders.ts';

@Controller()
export class StockConsumer {
  constructor(private readonly settleOrders: SettleOrders) {}

  @Consumes(stockTopic)
  async on(events: StockEvent[], tx: Transaction): Promise<void> {
    await this.settleOrders.run(tx, events.flatMap(settlementOf));
  }
}

function settlementOf(event: StockEvent): Settlement[] {
  const { orderId } = event.data;
  switch (event.type) {
    case 'stock.reserved':
      return [{ orderId, outcome: { reserved: true } }];
    case 'stock.rejected':
      return [{ orderId, outcome: { reserved: false, reason: event.data.reason } }];
    case 'stock.released':
      // The order was cancelled before it asked for this.
      return [];
  }
}
