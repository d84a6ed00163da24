import type { NotificationKind } from '@sluice/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { NotificationStatus } from '../domain/notification.ts';

/** What the list reads; claims are the store's business. */
@Entity('notifications')
export class NotificationEntity {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @PrimaryColumn('text')
  kind!: NotificationKind;

  @Column('text')
  status!: NotificationStatus;

  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt!: Date | null;
}
