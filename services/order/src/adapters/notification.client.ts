import type { NotificationRequest, Notifications, RemoteCall } from '../app/ports.ts';
import { DownstreamClient } from './downstream.client.ts';

export class NotificationClient extends DownstreamClient implements Notifications {
  async notify(request: NotificationRequest, call: RemoteCall): Promise<void> {
    await this.send({ method: 'POST', path: '/notifications', body: request, expect: [200, 201], call });
  }
}
