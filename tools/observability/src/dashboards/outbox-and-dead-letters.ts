import { scope } from '@sluice/core';
import { type Dashboard, panel, quantiles, rate } from './panel.ts';

/** What waits to be published, and what could not be processed. */
export const outboxAndDeadLetters: Dashboard = {
  uid: 'outbox-and-dead-letters',
  title: 'Outbox and dead letters',
  rows: [
    {
      title: 'Outbox',
      panels: [
        panel('Pending rows', 'short', { '{{service}}': `max by (service) (${scope}_outbox_pending_rows)` }),
        panel('Age of the oldest row', 's', { '{{service}}': `max by (service) (${scope}_outbox_oldest_seconds)` }),
        panel('From row to acknowledgement', 's', quantiles(`${scope}_outbox_publish_seconds`, 'service')),
        panel('Published', 'ops', { '{{service}}': rate(`${scope}_outbox_publish_seconds_count`, 'service') }),
        panel('Active relays', 'short', { '{{service}}': `sum by (service) (${scope}_outbox_relay_active)` }),
        panel('Dead rows', 'short', { '{{service}}': `max by (service) (${scope}_outbox_dead_rows)` }),
      ],
    },
    {
      title: 'Deferred events',
      panels: [
        panel('Waiting', 'short', { '{{group}} {{topic}}': `sum by (group, topic) (${scope}_deferred_events)` }),
        panel('Age of the oldest', 's', {
          '{{group}} {{topic}}': `max by (group, topic) (${scope}_deferred_oldest_seconds)`,
        }),
        panel('Blocked keys', 'short', { '{{group}} {{topic}}': `sum by (group, topic) (${scope}_blocked_keys)` }),
        panel('Deferred', 'ops', { '{{group}} {{topic}}': rate(`${scope}_deferred_events_total`, 'group, topic') }),
        panel('Attempts', 'ops', {
          '{{group}} {{topic}} {{outcome}}': rate(`${scope}_deferred_attempts_total`, 'group, topic, outcome'),
        }),
      ],
    },
    {
      title: 'Dead letters',
      panels: [
        panel('Since the start', 'short', {
          '{{group}} {{topic}}': `sum by (group, topic) (${scope}_dead_letters_total)`,
        }),
        panel('Per second', 'ops', { '{{group}} {{topic}}': rate(`${scope}_dead_letters_total`, 'group, topic') }),
      ],
    },
  ],
};
