import { freePort, requirePort } from '@sluice/kit/ports';
import type { BrokerPorts } from '../kafka/embedded-kafka.ts';
import type { InfrastructureOptions } from './backend.ts';

export interface BackendPorts extends BrokerPorts {
  postgres: number;
}

export async function backendPorts({
  fixedPorts,
  proxies,
  observability,
}: InfrastructureOptions): Promise<BackendPorts> {
  const choose = (port: number, what: string): Promise<number> => (fixedPorts ? requirePort(port, what) : freePort());
  return {
    broker: await choose(9092, 'Kafka'),
    controller: await freePort(),
    proxied: proxies ? { listener: await freePort(), advertised: await freePort() } : undefined,
    metrics: observability ? await freePort() : undefined,
    postgres: await choose(15432, 'PostgreSQL'),
  };
}
