import { Body, Controller, Injectable, Module, Post } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { createTransport } from 'nodemailer';
import { Column, CreateDateColumn, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { database, env, start } from './service.ts';

@Entity('notifications')
class Notification {
  @PrimaryGeneratedColumn() id!: number;
  @Column() orderId!: string;
  @Column() status!: string;
  @CreateDateColumn() sentAt!: Date;
}

interface CompletedOrder {
  orderId: string;
  email: string;
  status: string;
}

@Injectable()
class NotificationService {
  /** `record:` leaves the mail out, as it does for the service that this one is compared with. */
  readonly #transport = env('SMTP_URL') === 'record:' ? undefined : createTransport(env('SMTP_URL'));

  constructor(private readonly dataSource: DataSource) {}

  async notify({ orderId, email, status }: CompletedOrder): Promise<Notification> {
    const subject = `Your order is ${status}`;
    await this.#transport?.sendMail({ from: 'shop@tutorial.example', to: email, subject, text: `Order ${orderId}` });
    const notifications = this.dataSource.getRepository(Notification);
    return notifications.save(notifications.create({ orderId, status }));
  }
}

@Controller()
class NotificationController {
  constructor(private readonly notifications: NotificationService) {}

  @Post('notifications')
  notify(@Body() completed: CompletedOrder): Promise<Notification> {
    return this.notifications.notify(completed);
  }

  @EventPattern('order.completed')
  async onCompleted(@Payload() completed: CompletedOrder): Promise<void> {
    await this.notifications.notify(completed);
  }
}

@Module({
  controllers: [NotificationController],
  providers: [NotificationService, database([Notification])],
})
class NotificationModule {}

await start(NotificationModule, 'tutorial-notification');
