import { kGetApi, type API, type Base, type Callback } from '@platformatic/kafka';
import { isOnlyMissing } from './errors.ts';

/**
 * A topic that was deleted is an error of this client's whole metadata request, so that heartbeats and the records of all
 * other topics fail with it, for as long as it retries. Here it is a topic without partitions.
 */
export function allowMissingTopics<Client extends Pick<Base, typeof kGetApi>>(client: Client): Client {
  const getApi = client[kGetApi].bind(client);
  client[kGetApi] = <Args extends unknown[], Answer>(name: string, callback: Callback<API<Args, Answer>>): void =>
    getApi<Args, Answer>(name, (error, api) => callback(error, api && name === 'Metadata' ? lenient(api) : api));
  return client;
}

function lenient<Args extends unknown[], Answer>(api: API<Args, Answer>): API<Args, Answer> {
  const call = (connection: Parameters<typeof api>[0], ...args: unknown[]): void => {
    const callback = args.pop() as Callback<Answer>;
    const answered: Callback<Answer> = (error, answer) => {
      if (isOnlyMissing(error)) callback(null, error.response as Answer);
      else callback(error, answer);
    };
    api(connection, ...([...args, answered] as unknown as [...Args, Callback<Answer>]));
  };
  return Object.assign(call, api);
}
