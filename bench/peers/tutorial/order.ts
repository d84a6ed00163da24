import { Body, Controller, Get, Inject, Injectable, Module, Param, Post, Query, Res } from '@nestjs/common';
import { ClientKafka, ClientsModule, EventPattern, Payload } from '@nestjs/microservices';
import axios from 'axios';
import { DataSource } from 'typeorm';
import { CreateOrderDto } from './order.dto.ts';
import { Order, OrderLine } from './order.entity.ts';
import { database, env, kafka, start } from './service.ts';

@Injectable()
class OrdersService {
  constructor(
    private readonly dataSource: DataSource,
    @Inject('KAFKA') private readonly client: ClientKafka,
  ) {}

  async create(dto: CreateOrderDto): Promise<Order> {
    const orders = this.dataSource.getRepository(Order);
    const totalCents = dto.lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
    return orders.save(orders.create({ ...dto, totalCents, status: 'PENDING' }));
  }

  publish(order: Order): void {
    this.client.emit('order.placed', order);
  }

  async checkout(order: Order): Promise<Order> {
    const { id: orderId, email, lines } = order;
    const { data } = await axios.post<{ status: string }>(`${env('INVENTORY_URL')}/reservations`, { orderId, lines });
    await axios.post(`${env('NOTIFICATION_URL')}/notifications`, { orderId, email, status: data.status });
    order.status = data.status;
    return this.dataSource.getRepository(Order).save(order);
  }

  async complete(orderId: string, status: string): Promise<void> {
    const orders = this.dataSource.getRepository(Order);
    const order = await orders.findOneByOrFail({ id: orderId });
    order.status = status;
    await orders.save(order);
    this.client.emit('order.completed', { orderId, email: order.email, status });
  }

  find(id: string): Promise<Order> {
    return this.dataSource.getRepository(Order).findOneByOrFail({ id });
  }
}

@Controller()
class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post('orders')
  async create(
    @Body() dto: CreateOrderDto,
    @Query('flow') flow: string,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): Promise<Order> {
    const order = await this.orders.create(dto);
    if (flow === 'sync') return this.orders.checkout(order);
    this.orders.publish(order);
    response.status(202);
    return order;
  }

  @Get('orders/:id')
  find(@Param('id') id: string): Promise<Order> {
    return this.orders.find(id);
  }

  @EventPattern('stock.checked')
  complete(@Payload() { orderId, status }: { orderId: string; status: string }): Promise<void> {
    return this.orders.complete(orderId, status);
  }
}

@Module({
  imports: [ClientsModule.register([{ name: 'KAFKA', ...kafka('tutorial-order') }])],
  controllers: [OrdersController],
  providers: [OrdersService, database([Order, OrderLine])],
})
class OrderModule {}

await start(OrderModule, 'tutorial-order');
