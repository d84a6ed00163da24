/** For log lines: routes name an order's id `id` (below /orders) or `orderId` (everything about an order). */
export function orderFields(route: string, { orderId, id }: Readonly<Record<string, string>>): Record<string, string> {
  const found = orderId ?? (route.startsWith('/orders') ? id : undefined);
  return found ? { orderId: found } : {};
}
