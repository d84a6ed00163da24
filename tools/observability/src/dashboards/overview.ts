import { scope } from '@sluice/core';
import { budgetsLeft, duration as answers, intake } from '../slo.ts';
import { type Dashboard, mean, panel, quantile, quantiles, rate, stat } from './panel.ts';

/** The flows next to each other: what is accepted, what becomes of it, and what holds it up. */
export const overview: Dashboard = {
  uid: 'overview',
  title: 'Orders: the flows',
  rows: [
    {
      title: 'Now',
      panels: [
        stat('Alerts', 'short', { firing: 'count(ALERTS{alertstate="firing"}) or vector(0)' }, { redFrom: 1 }),
        stat('Services up', 'short', { '{{service}}': 'up{job="services"}' }, { redBelow: 1 }),
        stat(
          'Error budget left',
          'percentunit',
          Object.fromEntries(budgetsLeft.map(({ name, expr }) => [name, expr])),
          {
            redBelow: 0,
          },
        ),
        stat('Waiting in Kafka', 'short', { '{{group}}': 'sum by (group) (group_topic:lag_records:sum)' }),
      ],
    },
    {
      title: 'Orders',
      panels: [
        panel('Accepted', 'ops', { '{{flow}}': rate(`${scope}_orders_accepted_total`, 'flow') }),
        panel('Terminal', 'ops', { '{{flow}} {{outcome}}': rate(`${scope}_orders_terminal_total`, 'flow, outcome') }),
        panel(
          'Completed',
          'ops',
          { '{{flow}} {{kind}}': rate(`${scope}_orders_completed_total`, 'flow, kind') },
          'Terminal, and the mail provider has the mail. The distance to what is accepted is the peak that was shaved.',
        ),
        panel('From acceptance to the mail', 's', quantiles(`${scope}_order_completion_seconds`, 'flow')),
        panel('Answers of the intake', 'ops', {
          '{{http_response_status_code}}': rate(`${answers}_count{${intake}}`, 'http_response_status_code'),
        }),
        panel(
          'Time to the answer',
          's',
          quantiles(`${answers}{${intake}}`, 'http_response_status_code'),
          '202: processed later (async, log). 201 and 409: after everything was done (sync).',
        ),
      ],
    },
    {
      title: 'Intake',
      panels: [
        panel('Waiting for their transaction', 'short', { orders: `sum(${scope}_intake_queued_orders)` }),
        panel('Orders per transaction', 'short', { mean: mean(`${scope}_intake_batch_orders`, 'service') }),
        panel('Shed', 'ops', { '{{service}} {{reason}}': rate(`${scope}_requests_shed_total`, 'service, reason') }),
        panel('Log-first: not acknowledged by Kafka', 'short', { orders: `sum(${scope}_log_pending_orders)` }),
        panel('Log-first: not placed yet', 'short', { orders: `max(${scope}_log_lag_orders)` }),
        panel('Burn rate of the error budgets', 'short', {
          '{{slo}} 5m': 'slo:burn:rate5m',
          '{{slo}} 1h': 'slo:burn:rate1h',
        }),
      ],
    },
    {
      title: 'Downstream',
      panels: [
        panel(
          'Circuit breakers',
          'short',
          { '{{target}}': `max by (target) (${scope}_breaker_state)` },
          '0 closed, 1 half-open, 2 open. inventory and notification are called by flow=sync, the log is Kafka for flow=log.',
        ),
        panel('Calls of the synchronous flow', 's', {
          '{{server_address}}:{{server_port}} p99': quantile(
            0.99,
            'http_client_request_duration_seconds',
            'server_address, server_port',
          ),
        }),
        panel('Mails', 's', { '{{outcome}} p99': quantile(0.99, `${scope}_mail_seconds`, 'outcome') }),
        panel('Mails that wait and mails under way', 'short', {
          waiting: `sum(${scope}_mail_queue_depth)`,
          'under way': `sum(${scope}_mails_in_progress)`,
        }),
      ],
    },
  ],
};
