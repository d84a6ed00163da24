import { scope } from '@sluice/core';
import { type Dashboard, panel, quantile, quantiles, rate } from './panel.ts';

const one = 'service="$service"';
const requests = `http_server_request_duration_seconds_count{${one}}`;

/** What every service has. */
export const service: Dashboard = {
  uid: 'service',
  title: 'One service',
  variables: { service: 'label_values(up{job="services"}, service)' },
  rows: [
    {
      title: 'HTTP',
      panels: [
        panel('Requests', 'ops', {
          '{{http_request_method}} {{http_route}}': rate(requests, 'http_request_method, http_route'),
        }),
        panel('Time to the answer', 's', {
          '{{http_request_method}} {{http_route}} p99': quantile(
            0.99,
            `http_server_request_duration_seconds{${one}}`,
            'http_request_method, http_route',
          ),
        }),
        panel('Share of 5xx', 'percentunit', { '5xx': `service:http_errors:ratio_rate5m{${one}}` }),
      ],
    },
    {
      title: 'Events',
      panels: [
        panel('Consumed', 'ops', { '{{topic}}': rate(`${scope}_consumer_records_total{${one}}`, 'topic') }),
        panel('Batch', 's', quantiles(`${scope}_consumer_batch_seconds{${one}}`, 'topic')),
        panel('Published', 'ops', { events: rate(`${scope}_outbox_publish_seconds_count{${one}}`, 'service') }),
      ],
    },
    {
      title: 'Process',
      panels: [
        panel('Processor', 'percentunit', {
          '{{instance}}': `sum by (instance) (rate(process_cpu_seconds_total{${one}}[$__rate_interval]))`,
        }),
        panel('Memory', 'bytes', {
          '{{instance}} resident': `process_resident_memory_bytes{${one}}`,
          '{{instance}} heap': `nodejs_heap_size_used_bytes{${one}}`,
        }),
        panel('Delay of the event loop, 99th percentile', 's', {
          '{{instance}}': `nodejs_eventloop_lag_p99_seconds{${one}}`,
        }),
        panel('Garbage collection', 'percentunit', {
          '{{instance}} {{kind}}': `sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum{${one}}[$__rate_interval]))`,
        }),
      ],
    },
  ],
};
