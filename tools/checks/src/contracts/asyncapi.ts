import {
  dataSchemaOf,
  deadLetterTopic,
  describe,
  type EventContract,
  type JsonSchema,
  schemaUrn,
  scope,
  type TopicContract,
} from '@sluice/messaging/contract';
import type { ServiceContract } from '@sluice/contracts';

type Json = Record<string, unknown>;

const bindingVersion = '0.5.0';
const text: JsonSchema = { type: 'string' };
const ref = (path: string): Json => ({ $ref: `#/${path}` });

/** One AsyncAPI 3.0 document of all topics and of what each service does with them. */
export function asyncApiOf(services: readonly ServiceContract[]): Json {
  const topics = [...new Set(services.flatMap(({ publishes, consumes }) => [...publishes, ...consumes]))];
  const events = topics.flatMap((topic) => topic.events);
  const messages = topics.flatMap((topic) => topic.events.map((event) => messageOf(topic, event)));
  return {
    asyncapi: '3.0.0',
    info: {
      title: scope,
      version: '1.0.0',
      description:
        'CloudEvents 1.0 in Kafka binary mode, keyed by order id. Delivery is at least once: ce_id is the key.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { local: { host: '127.0.0.1:9092', protocol: 'kafka' } },
    channels: Object.fromEntries([...topics.map(channelOf), ...services.flatMap(deadLetterChannelsOf)]),
    operations: Object.fromEntries(services.flatMap(operationsOf)),
    components: {
      messages: { ...Object.fromEntries(messages), 'dead-letter': deadLetter },
      schemas: Object.fromEntries(events.map((event) => [nameOf(event), withoutDialect(dataSchemaOf(event))])),
    },
  };
}

/** Each data version is a message of its own; the first is called by the type alone. */
function nameOf({ type, dataVersion }: EventContract): string {
  return dataVersion === 1 ? type : `${type}.${dataVersion}`;
}

function channelOf(topic: TopicContract): [string, Json] {
  const names = topic.events.map(nameOf);
  const messages = Object.fromEntries(names.map((name) => [name, ref(`components/messages/${name}`)]));
  const topicConfiguration = { 'retention.ms': Number(topic.config?.['retention.ms']) };
  const kafka = { topic: topic.name, partitions: topic.partitions, topicConfiguration, bindingVersion };
  return [topic.name, { address: topic.name, messages, bindings: { kafka } }];
}

function deadLetterChannelsOf({ name, consumes }: ServiceContract): [string, Json][] {
  return consumes.map((topic) => {
    const address = deadLetterTopic(topic.name, name);
    const description = `Records of ${topic.name} that ${name} cannot process, as they came.`;
    const messages = { 'dead-letter': ref('components/messages/dead-letter') };
    return [address, { address, description, messages, bindings: { kafka: { topic: address, bindingVersion } } }];
  });
}

function operationsOf({ name, publishes, consumes }: ServiceContract): [string, Json][] {
  const own = { type: 'string', enum: [name] };
  const operation = (action: 'send' | 'receive', address: string): [string, Json] => {
    const kafka = { ...(action === 'receive' && { groupId: own }), clientId: own, bindingVersion };
    return [`${name}.${action}.${address}`, { action, channel: ref(`channels/${address}`), bindings: { kafka } }];
  };
  return [
    ...publishes.map((topic) => operation('send', topic.name)),
    ...consumes.flatMap((topic) => [
      operation('receive', topic.name),
      operation('send', deadLetterTopic(topic.name, name)),
    ]),
  ];
}

function messageOf({ key }: TopicContract, contract: EventContract): [string, Json] {
  const name = nameOf(contract);
  const { description, examples } = describe(contract);
  const message = {
    name,
    title: name,
    summary: description,
    contentType: 'application/json',
    headers: headersOf(contract),
    payload: ref(`components/schemas/${name}`),
    bindings: { kafka: { key: { type: 'string', description: `The ${key}.` }, bindingVersion } },
    examples: examples.map((payload) => ({ payload })),
  };
  return [name, message];
}

function headersOf({ type, dataVersion }: EventContract): JsonSchema {
  const headers: Record<string, JsonSchema> = {
    ce_specversion: { const: '1.0' },
    ce_id: { ...text, format: 'uuid', description: 'UUIDv7, the same on every delivery.' },
    ce_source: { ...text, format: 'uri-reference', description: `urn:${scope}:service:<name>` },
    ce_type: { const: type },
    ce_time: { ...text, format: 'date-time' },
    ce_subject: { ...text, description: 'The order id.' },
    ce_partitionkey: { ...text, description: 'The order id: the record’s key.' },
    ce_dataschema: { const: schemaUrn(type, dataVersion) },
    ce_version: { ...text, pattern: '^[1-9][0-9]*$', description: 'The aggregate’s version after the event.' },
    'content-type': { const: 'application/json' },
  };
  const trace = { ...text, description: 'W3C trace context.' };
  const baggage = { ...text, description: 'W3C baggage, at most 64 members and 8,192 bytes.' };
  const properties = { ...headers, traceparent: trace, tracestate: trace, baggage };
  return { type: 'object', properties, required: Object.keys(headers) };
}

const origins = [
  ...['original-topic', 'original-partition', 'original-offset', 'original-timestamp'],
  ...['exception-class', 'exception-message', 'exception-stacktrace', 'attempts', 'consumer-group'],
];

const deadLetter: Json = {
  name: 'dead-letter',
  title: 'A record that could not be processed',
  summary: 'Key, value and headers as they came, with headers that tell where from and why.',
  headers: {
    type: 'object',
    properties: {
      'x-dead-letter-id': { ...text, format: 'uuid', description: 'Made of group and origin.' },
      'x-fingerprint': { ...text, description: 'The same for failures of the same cause.' },
      ...Object.fromEntries(origins.map((origin) => [`x-${origin}`, text])),
      'x-truncated': { ...text, description: 'Size in bytes of a record that was cut; absent otherwise.' },
      'x-replay-count': {
        ...text,
        description: 'How often the record had been replayed before it failed; absent for never.',
      },
      'x-replay-of': { ...text, format: 'uuid', description: 'The dead letter that it was last replayed from.' },
    },
  },
};

/** The dialect is AsyncAPI's, and the parser resolves `$id`. */
function withoutDialect({ $schema: _, $id: __, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
