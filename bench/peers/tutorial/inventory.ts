import { Body, Controller, Inject, Injectable, Module, Post } from '@nestjs/common';
import { ClientKafka, ClientsModule, EventPattern, Payload } from '@nestjs/microservices';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { database, kafka, start } from './service.ts';

@Entity('stock')
class Stock {
  @PrimaryColumn() sku!: string;
  @Column() available!: number;
}

interface Wanted {
  sku: string;
  quantity: number;
}

@Injectable()
class InventoryService {
  constructor(private readonly dataSource: DataSource) {}

  /** Read, then saved: two at a time may take the same unit, as in every tutorial. */
  async reserve(lines: Wanted[]): Promise<string> {
    const stocks = this.dataSource.getRepository(Stock);
    for (const { sku, quantity } of lines) {
      const stock = await stocks.findOneBy({ sku });
      if (!stock || stock.available < quantity) return 'REJECTED';
      stock.available -= quantity;
      await stocks.save(stock);
    }
    return 'CONFIRMED';
  }
}

@Controller()
class InventoryController {
  constructor(
    private readonly inventory: InventoryService,
    @Inject('KAFKA') private readonly client: ClientKafka,
  ) {}

  @Post('reservations')
  async reserve(@Body() { lines }: { lines: Wanted[] }): Promise<{ status: string }> {
    return { status: await this.inventory.reserve(lines) };
  }

  @EventPattern('order.placed')
  async onPlaced(@Payload() { id: orderId, lines }: { id: string; lines: Wanted[] }): Promise<void> {
    const status = await this.inventory.reserve(lines);
    this.client.emit('stock.checked', { orderId, status });
  }
}

@Module({
  imports: [ClientsModule.register([{ name: 'KAFKA', ...kafka('tutorial-inventory') }])],
  controllers: [InventoryController],
  providers: [InventoryService, database([Stock])],
})
class InventoryModule {}

await start(InventoryModule, 'tutorial-inventory');
