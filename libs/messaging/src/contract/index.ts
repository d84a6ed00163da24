export { scope } from '@sluice/core';
export {
  deadLetterTopic,
  defineEvent,
  defineTopic,
  type EventContract,
  type EventsOf,
  type OutgoingEvent,
  type OutgoingOf,
  type ReceivedEvent,
  type TopicContract,
} from './contract.ts';
export { dataSchemaOf, describe, schemaUrn, type JsonSchema } from './json-schema.ts';
