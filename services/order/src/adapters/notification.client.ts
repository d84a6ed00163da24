import type { NotificationRequest, Notifications, RemoteCall } from '../app/ports.ts';
import { DownstreamClient } from './downstream.client.ts';

/** 503 for one mail: the provider wants this one later, or another request is sending it. */
const ownProblems = ['mail-deferred', 'notification-claimed', 'claim-lost'];

export class NotificationClient extends DownstreamClient implements Notifications {
  async notify(request: NotificationRequest, call: RemoteCall): Promise<void> {
    const expect = [200, 201];
    await this.send({ method: 'POST', path: '/notifications', body: request, expect, ownProblems, call });
  }
}
