import pg from 'pg';

/** Runs `work` on a connection of its own. Rejects when the server can't be reached, by default after 10 s. */
export async function withDatabase<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
  options: pg.ClientConfig = {},
): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, ...options });
  // The query rejects with the same error; an error event without a listener would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
