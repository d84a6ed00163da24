/**
 * What differs, in the stack and in Compose alike, from PostgreSQL's defaults. Durability does not: `fsync` and `synchronous_commit` stay on, because the
 * figures are to be those of a database that keeps what it has acknowledged.
 */
const settings: Record<string, string> = {
  max_connections: '200',
  shared_buffers: '128MB',
  // A burst writes a lot in seconds, and a checkpoint in the middle of it would be what is measured.
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  // Outbox and inbox rows come and go all the time.
  autovacuum_naptime: '15s',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** As arguments of `postgres`. */
export function settingArguments(more: Record<string, string> = {}): string[] {
  return Object.entries({ ...settings, ...more }).map(([name, value]) => `--${name}=${value}`);
}
