export * from './envelope.ts';
export { allTopics, contractBreaches, contractFiles, publishedFiles } from './files.ts';
export * from './intake.events.ts';
export * from './notification.events.ts';
export * from './order.events.ts';
export * from './services.ts';
export * from './stock.events.ts';
