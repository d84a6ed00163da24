import type { OnApplicationShutdown } from '@nestjs/common';
import { Notifications, type NotificationRequest, type RemoteCall } from '../app/ports.ts';
import type { DownstreamClient } from './downstream.client.ts';

export class NotificationClient extends Notifications implements OnApplicationShutdown {
  constructor(private readonly http: DownstreamClient) {
    super();
  }

  /** After the last request and the last round of compensations. */
  async onApplicationShutdown(): Promise<void> {
    await this.http.close();
  }

  override accepting(): boolean {
    return this.http.accepting();
  }

  override async notify(request: NotificationRequest, call: RemoteCall): Promise<void> {
    await this.http.send({ method: 'POST', path: '/notifications', body: request, expect: [200, 201], call });
  }
}
