import { Injectable } from '@nestjs/common';
import type { Notification } from '../domain/notification.ts';
import { NotificationStore, type ListQuery } from './ports.ts';

@Injectable()
export class ListNotifications {
  constructor(private readonly store: NotificationStore) {}

  run(query: ListQuery): Promise<Notification[]> {
    return this.store.list(query);
  }
}
