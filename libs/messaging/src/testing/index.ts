export { type PublishedEvent, publishedEvents } from './published-events.ts';
