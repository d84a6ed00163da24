import { scope } from '@sluice/core';
import { type Dashboard, mean, panel, quantile, quantiles, rate } from './panel.ts';

/** Where each group is, how fast it goes on, and the broker that it reads from. */
export const kafkaGroups: Dashboard = {
  uid: 'kafka-groups',
  title: 'Kafka: groups and broker',
  rows: [
    {
      title: 'Lag',
      panels: [
        panel('Records', 'short', { '{{group}} {{topic}}': 'group_topic:lag_records:sum' }),
        panel(
          'Age of the oldest record',
          's',
          { '{{group}} {{topic}}': 'group_topic:lag_seconds:max' },
          'Since its timestamp, which its producer has set.',
        ),
        panel('Records by partition', 'short', {
          '{{group}} {{topic}}/{{partition}}': `max by (group, topic, partition) (${scope}_consumer_lag_records)`,
        }),
      ],
    },
    {
      title: 'Consumers',
      panels: [
        panel('Processed', 'ops', { '{{group}} {{topic}}': rate(`${scope}_consumer_records_total`, 'group, topic') }),
        panel('Records per batch', 'short', {
          '{{group}} {{topic}}': mean(`${scope}_consumer_batch_records`, 'group, topic'),
        }),
        panel('Batch', 's', quantiles(`${scope}_consumer_batch_seconds`, 'group, topic')),
        panel('Runs again', 'ops', {
          '{{group}} {{topic}} {{reason}}': rate(`${scope}_consumer_retries_total`, 'group, topic, reason'),
        }),
        panel('Time without progress', 's', {
          '{{group}} {{topic}}/{{partition}}': `max by (group, topic, partition) (${scope}_consumer_stalled_seconds)`,
        }),
        panel('Offsets lost to retention', 'short', {
          '{{group}} {{topic}}': `sum by (group, topic) (${scope}_consumer_expired_offsets_total)`,
        }),
      ],
    },
    {
      title: 'Membership',
      panels: [
        panel('Assigned partitions', 'short', {
          '{{group}} {{topic}} {{instance}}': `sum by (group, topic, instance) (${scope}_consumer_assigned_partitions)`,
        }),
        panel('Rebalances', 'short', { '{{group}}': `sum by (group) (${scope}_consumer_rebalances_total)` }),
        panel('Time lost to rebalances', 's', {
          '{{group}}': `sum by (group) (${scope}_consumer_rebalance_seconds_sum)`,
        }),
      ],
    },
    {
      title: 'Producers',
      panels: [
        panel('Request', 's', {
          '{{service}} p99': quantile(0.99, `${scope}_producer_request_seconds`, 'service'),
        }),
        panel('Records per request', 'short', { '{{service}}': mean(`${scope}_producer_request_records`, 'service') }),
        panel('Not acknowledged', 'ops', { '{{service}}': rate(`${scope}_producer_failed_records_total`, 'service') }),
      ],
    },
    {
      title: 'Broker',
      panels: [
        panel('Messages in', 'ops', { '{{instance}}': rate('kafka_server_messages_in_total', 'instance') }),
        panel('Bytes', 'Bps', {
          '{{instance}} in': rate('kafka_server_bytes_in_total', 'instance'),
          '{{instance}} out': rate('kafka_server_bytes_out_total', 'instance'),
        }),
        panel('Requests, 99th percentile', 's', {
          '{{request}}': 'max by (request) (kafka_network_request_seconds{quantile="0.99"})',
        }),
        panel('Under-replicated and offline partitions', 'short', {
          'under-replicated': 'sum(kafka_server_under_replicated_partitions)',
          offline: 'sum(kafka_controller_offline_partitions)',
        }),
        panel('Idle request handlers', 'percentunit', { '{{instance}}': 'kafka_server_request_handler_idle_ratio' }),
        panel('Heap', 'bytes', { '{{instance}}': 'jvm_memory_used_bytes{job="kafka",area="heap"}' }),
      ],
    },
  ],
};
