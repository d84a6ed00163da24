export {
  type EventContract,
  type EventsOf,
  type OutgoingEvent,
  type OutgoingOf,
  type ReceivedEvent,
  type TopicContract,
  deadLetterTopic,
  event,
  topic,
} from './contract.ts';
export { type JsonSchema, dataSchemaOf, describe, schemaUrn } from './json-schema.ts';
