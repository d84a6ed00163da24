import { sqlMigration } from '@sluice/service-kit';

// The free space in the pages, and no index on what changes, keep the one update that every row sees in place (HOT).
const up = [
  `create table notifications (
    order_id uuid not null,
    kind text collate "C" not null check (kind in ('order-confirmed', 'order-rejected', 'order-cancelled')),
    status text not null check (status in ('CLAIMED', 'SENT')),
    email text not null,
    attempts int not null default 1,
    claimed_by uuid,
    claimed_until timestamptz,
    version int,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (order_id, kind),
    check ((status = 'SENT') = (sent_at is not null and version is not null)),
    check (status = 'SENT' or (claimed_by is not null and claimed_until is not null))
  ) with (fillfactor = 60)`,
];
const down = ['drop table notifications'];

export class Notifications1700000000000 extends sqlMigration({ up, down }) {}
