import { freePort, requirePort } from '@sluice/kit/ports';
import type { BackendOptions } from './backend.ts';

export interface BackendPorts {
  broker: number;
  controller: number;
  /** Of Kafka's second listener, and where the proxy before it is to listen. */
  proxied?: { listener: number; advertised: number };
  postgres: number;
}

export async function backendPorts({ fixedPorts, proxies }: BackendOptions): Promise<BackendPorts> {
  const choose = (port: number, what: string): Promise<number> => (fixedPorts ? requirePort(port, what) : freePort());
  return {
    broker: await choose(9092, 'Kafka'),
    controller: await freePort(),
    proxied: proxies ? { listener: await freePort(), advertised: await freePort() } : undefined,
    postgres: await choose(15432, 'PostgreSQL'),
  };
}
