import { Controller } from '@nestjs/common';
import { Consumes, type Transaction } from '@sluice/messaging';
import { stockTopic, type StockEvent } from '@sluice/contracts';
import { ApplyStockOutcomes, type OrderOutcome } from '../app/apply-stock-outcomes.ts';

/** Without `stock.released`: the order that asked for it is cancelled already. */
type Answer = Extract<StockEvent, { type: 'stock.reserved' | 'stock.rejected' }>;
const types: Answer['type'][] = ['stock.reserved', 'stock.rejected'];

@Controller()
export class StockConsumer {
  constructor(private readonly applyOutcomes: ApplyStockOutcomes) {}

  @Consumes(stockTopic, { types })
  async on(events: Answer[], tx: Transaction): Promise<void> {
    await this.applyOutcomes.run(tx, events.map(outcomeOf));
  }
}

function outcomeOf({ type, data }: Answer): OrderOutcome {
  const { orderId } = data;
  if (type === 'stock.reserved') return { orderId, outcome: { reserved: true } };
  return { orderId, outcome: { reserved: false, reason: data.reason } };
}
