import {
  propagation,
  type Baggage,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';

/** What W3C asks everybody to pass on; more may be dropped. The library has the limit of 8,192 bytes. */
const maxMembers = 64;

/** Of a member's properties, which are passed on as they are: anything else is no header's value. */
const printable = /^[\t\x20-\x7e]*$/;

/** W3C baggage, of which no more is passed on than W3C asks for. */
export class BoundedBaggagePropagator implements TextMapPropagator {
  readonly #w3c = new W3CBaggagePropagator();

  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    const baggage = propagation.getBaggage(active);
    if (baggage) this.#w3c.inject(propagation.setBaggage(active, bounded(baggage)), carrier, setter);
  }

  extract(active: Context, carrier: unknown, getter: TextMapGetter): Context {
    const extracted = this.#w3c.extract(active, carrier, getter);
    const baggage = extracted === active ? undefined : propagation.getBaggage(extracted);
    return baggage ? propagation.setBaggage(extracted, bounded(baggage)) : extracted;
  }

  fields(): string[] {
    return this.#w3c.fields();
  }
}

function bounded(baggage: Baggage): Baggage {
  const passedOn = baggage
    .getAllEntries()
    .filter(([, { metadata }]) => printable.test(metadata?.toString() ?? ''))
    .slice(0, maxMembers);
  return propagation.createBaggage(Object.fromEntries(passedOn));
}
