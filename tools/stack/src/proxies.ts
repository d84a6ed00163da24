import { freePort } from '@sluice/kit/ports';
import { proxyPart } from './helper-parts.ts';
import type { KafkaBehindProxy } from './kafka/addresses.ts';
import type { Part } from './part.ts';
import { LOOPBACK, type Surroundings, urlOf } from './services.ts';

type Routes = Pick<Surroundings, 'databases' | 'kafkaBrokers' | 'smtpUrl'>;

export interface PlannedProxies {
  parts: { part: Part; url: string }[];
  /** The routes of the services, with a proxy on each. */
  detours: Routes;
  /** Control URLs by the name of the proxy. */
  controls: Record<string, string>;
}

/**
 * A fault proxy between each service and its database (`order-postgres`, …), before Kafka (`kafka`) and between
 * notification and the mail sink (`notification-smtp`). External Kafka has none: what it advertises can't be changed.
 */
export async function planProxies(direct: Routes, kafka: KafkaBehindProxy | undefined): Promise<PlannedProxies> {
  const parts: PlannedProxies['parts'] = [];
  const controls: Record<string, string> = {};
  const add = async (name: string, target: string, port: number): Promise<void> => {
    const controlPort = await freePort();
    controls[name] = urlOf(controlPort);
    parts.push({ part: proxyPart(name, { port, target, controlPort }), url: urlOf(controlPort) });
  };
  const detour = async (name: string, url: string): Promise<string> => {
    const [target, port] = [new URL(url), await freePort()];
    await add(name, `${target.hostname}:${target.port || '5432'}`, port);
    target.host = `${LOOPBACK}:${port}`;
    return target.href;
  };

  const databases = await Promise.all(
    Object.entries(direct.databases).map(async ([name, url]) => [name, await detour(`${name}-postgres`, url)] as const),
  );
  const smtpUrl = await detour('notification-smtp', direct.smtpUrl);
  if (kafka !== undefined) await add('kafka', kafka.listener, Number(kafka.advertised.split(':').at(-1)));
  return {
    parts,
    controls,
    detours: {
      databases: Object.fromEntries(databases) as Routes['databases'],
      smtpUrl,
      kafkaBrokers: kafka?.advertised ?? direct.kafkaBrokers,
    },
  };
}
