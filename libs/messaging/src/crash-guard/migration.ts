import type { SqlMigration } from '../postgres/migration.ts';

/**
 * One row per partition that a process works on. It is deleted at the orderly end of that work, so a row of a process
 * that no longer exists shows its crash. `suspected` is the offset of the record that is being tried alone, and `hits` how many
 * processes in a row began to.
 */
export const crashGuardMigration: SqlMigration = {
  up: [
    `create table partition_starts (
       consumer text not null,
       topic text not null,
       partition int not null,
       owner uuid not null,
       first_offset bigint not null,
       crashes int not null default 0,
       suspected bigint,
       hits int not null default 0,
       started_at timestamptz not null default clock_timestamp(),
       primary key (consumer, topic, partition)
     )`,
  ],
  down: ['drop table partition_starts'],
};
