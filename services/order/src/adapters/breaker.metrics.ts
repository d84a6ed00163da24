import { scope } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';

export type BreakerState = 'closed' | 'half-open' | 'open';
const values: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

export function measureBreakers(registry: Registry, breakers: Record<string, { breaker: BreakerState }>): void {
  new Gauge({
    name: `${scope}_breaker_state`,
    help: 'State of the circuit breaker before a dependency: 0 closed, 1 half-open, 2 open.',
    labelNames: ['target'],
    registers: [registry],
    collect() {
      for (const [target, { breaker }] of Object.entries(breakers)) this.set({ target }, values[breaker]);
    },
  });
}
