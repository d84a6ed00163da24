export * from './intake.events.ts';
export * from './log-fields.ts';
export * from './notification.events.ts';
export * from './order.events.ts';
export * from './services.ts';
export * from './stock.events.ts';
