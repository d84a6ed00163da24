/**
 * Names and values of OpenTelemetry's semantic conventions, version 1.45.0, and nothing that is called otherwise there: a
 * spec compares them with the package. They are a copy, because most of those for messaging may still change with any
 * release of it. What the conventions have no name for begins with our scope.
 */
export const conventions = {
  version: '1.45.0',
  /** Of a tracer whose spans follow them. */
  schemaUrl: 'https://opentelemetry.io/schemas/1.45.0',
  errorType: 'error.type',
  server: { address: 'server.address', port: 'server.port' },
  network: { protocolName: 'network.protocol.name' },
  http: {
    method: 'http.request.method',
    /** For a method that is none of HTTP's own; the next one has what it is. */
    otherMethod: '_OTHER',
    originalMethod: 'http.request.method_original',
    route: 'http.route',
    statusCode: 'http.response.status_code',
    scheme: 'url.scheme',
    path: 'url.path',
    full: 'url.full',
    template: 'url.template',
  },
  db: { system: 'db.system.name', postgresql: 'postgresql' },
  messaging: {
    system: 'messaging.system.name',
    kafka: 'kafka',
    operationName: 'messaging.operation.name',
    operationType: 'messaging.operation.type',
    send: 'send',
    process: 'process',
    destination: 'messaging.destination.name',
    partition: 'messaging.destination.partition.id',
    group: 'messaging.consumer.group.name',
    batchSize: 'messaging.batch.message_count',
    messageId: 'messaging.message.id',
    key: 'kafka.message.key',
    offset: 'kafka.offset',
  },
} as const;
