import { baseConfig, wholeNumber, type ConfigOf } from '@sluice/service-kit';

export const inventoryConfig = baseConfig.extend({
  /** Reservations over HTTP that may wait for their transaction, and releases; one more is shed with 503. */
  RESERVATION_QUEUE: wholeNumber(0, 100_000).default(1_000),
});
export type InventoryConfig = ConfigOf<typeof inventoryConfig>;
