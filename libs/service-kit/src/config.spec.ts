import { describe, expect, it } from 'vitest';
import { baseConfig, ConfigError, parseConfig } from './config.ts';
import { wholeNumber } from './validation.ts';

const env = {
  PORT: '3002',
  DATABASE_URL: 'postgres://someone@127.0.0.1:5432/there',
  KAFKA_BROKERS: '127.0.0.1:9092,kafka:19092',
  ADMIN_TOKEN: 'a-token-of-the-test',
};

describe('parseConfig', () => {
  it('reads the variables of the schema in camelCase, with defaults, frozen', () => {
    const config = parseConfig(
      'inventory',
      baseConfig.extend({ MAIL_CONCURRENCY: wholeNumber(1, 1_000).default(20) }),
      env,
    );
    expect(config).toMatchObject({
      service: 'inventory',
      host: '127.0.0.1',
      port: 3002,
      databaseUrl: env.DATABASE_URL,
      kafkaBrokers: ['127.0.0.1:9092', 'kafka:19092'],
      kafkaDriver: 'kafkajs',
      kafkaMetadataMaxAgeMs: 30_000,
      shutdownTimeoutMs: 15_000,
      mailConcurrency: 20,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('tells everything that is wrong at once, a line each, without the values', () => {
    const broken = { ...env, PORT: 'secret-1', ADMIN_TOKEN: '', KAFKA_BROKERS: 'kafka' };
    let thrown: unknown;
    try {
      parseConfig('inventory', baseConfig, broken);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    const { lines, message } = thrown as ConfigError;
    expect(lines.map((line) => line.split(':')[0])).toEqual(['PORT', 'KAFKA_BROKERS', 'ADMIN_TOKEN']);
    expect(lines).toContain('ADMIN_TOKEN: is required');
    expect(message).not.toContain('secret');
  });

  it.each(['65536', '-1', '1.5', '0x10', '1e3'])('refuses the port %s', (PORT) => {
    expect(() => parseConfig('inventory', baseConfig, { ...env, PORT })).toThrow(/^PORT: must be a whole number/);
  });

  it('samples all traces unless told otherwise, by the names of OpenTelemetry', () => {
    const sampling = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' };
    const defaults = parseConfig('inventory', baseConfig, env);
    expect(defaults).toMatchObject({ otelTracesSampler: 'parentbased_always_on', otelTracesSamplerArg: 1 });
    const config = parseConfig('inventory', baseConfig, { ...env, ...sampling });
    expect(config).toMatchObject({ otelTracesSampler: 'parentbased_traceidratio', otelTracesSamplerArg: 0.01 });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', '/v1/traces'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'grpc://collector:4317'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'production'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=b=c'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=100%'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.1'],
    ['OTEL_TRACES_SAMPLER_ARG', '-0.1'],
    ['OTEL_TRACES_SAMPLER_ARG', '1e-1'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half'],
  ])('refuses %s=%s', (name, value) => {
    const parse = () => parseConfig('inventory', baseConfig, { ...env, [name]: value });
    expect(parse).toThrow(new RegExp(`^${name}: (must be|Invalid option: expected one of) [^\\n]+$`));
  });

  it('exports no spans unless there is an endpoint; attributes are percent-encoded', () => {
    expect(parseConfig('inventory', baseConfig, env)).not.toHaveProperty('otelExporterOtlpEndpoint');
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'a=1, b=x%2Cy' };
    const config = parseConfig('inventory', baseConfig, { ...env, ...attributes, OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    expect(config).not.toHaveProperty('otelExporterOtlpEndpoint');
    expect(config.otelResourceAttributes).toEqual({ a: '1', b: 'x,y' });
  });

  it('refuses a shutdown that takes longer than its supervisor waits, and says which two disagree', () => {
    const parse = (more: Record<string, string>) => () => parseConfig('inventory', baseConfig, { ...env, ...more });
    expect(parse({ SHUTDOWN_TIMEOUT_MS: '20000' })).not.toThrow();
    expect(parse({ SHUTDOWN_TIMEOUT_MS: '20001' })).toThrow(
      /^SHUTDOWN_TIMEOUT_MS: .*STOP_GRACE_MS, which is 20000 ms$/,
    );
    expect(parse({ STOP_GRACE_MS: '10000' })).toThrow(/^SHUTDOWN_TIMEOUT_MS: 15000 ms/);
    expect(parse({ SHUTDOWN_TIMEOUT_MS: '60000', STOP_GRACE_MS: '60000' })).not.toThrow();
  });

  it('does not see variables that the schema does not name', () => {
    expect(parseConfig('inventory', baseConfig, { ...env, SMTP_URL: 'smtp://x' })).not.toHaveProperty('smtpUrl');
  });
});
