import pg from 'pg';

/** Lets whatever is inserted into the table wait, for as long as `statement_timeout` allows, until it is disposed of. */
export async function brake(databaseUrl: string, table: string): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: databaseUrl, query_timeout: 20_000 });
  await client.connect();
  await client.query(`
    create table brakes ();
    insert into brakes default values;
    create function wait_for_brake() returns trigger language plpgsql as
      'begin while exists (select from brakes) loop perform pg_sleep(0.02); end loop; return null; end';
    create trigger wait_for_brake before insert on ${table} for each statement execute function wait_for_brake()`);
  return {
    async [Symbol.asyncDispose]() {
      await client.query('delete from brakes');
      // Waits for what was held.
      await client.query('drop function wait_for_brake cascade; drop table brakes');
      await client.end();
    },
  };
}
