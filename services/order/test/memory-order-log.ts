import { OrderLog, type PlaceOrderRequest } from '../src/app/ports.ts';

/** A log that remembers what it was given, and fails when told. */
export class MemoryOrderLog extends OrderLog {
  readonly requests: PlaceOrderRequest[] = [];
  failure: Error | undefined;
  holding = false;

  override async append(request: PlaceOrderRequest): Promise<void> {
    if (this.failure) throw this.failure;
    this.requests.push(request);
  }

  override async holdsMore(): Promise<boolean> {
    return this.holding;
  }
}
