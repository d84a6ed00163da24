import { expect, it } from 'vitest';
import { asEnvironment, asFile, type KafkaNode, serverProperties } from './server-properties.ts';

const node = (id: number): KafkaNode => ({
  id,
  listener: `127.0.0.1:${id}1`,
  advertised: `127.0.0.1:${id}1`,
  controller: `127.0.0.1:${id}2`,
  logDir: `/data/kafka-${id}`,
});

it('keeps one copy of everything on a single broker, which is its own quorum', () => {
  const properties = serverProperties(node(1), [node(1)]);
  expect(properties).toMatchObject({
    'node.id': '1',
    listeners: 'PLAINTEXT://127.0.0.1:11,CONTROLLER://127.0.0.1:12',
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:11',
    'controller.quorum.voters': '1@127.0.0.1:12',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'auto.create.topics.enable': 'false',
    'log.retention.hours': '6',
  });
});

it('keeps three copies on three brokers, two of them in sync', () => {
  const nodes = [node(1), node(2), node(3)];
  const properties = serverProperties(node(2), nodes);
  // With one they would not agree on a leader.
  expect(Object.keys(properties)).not.toContain('authorizer.class.name');
  expect(properties).toMatchObject({
    'node.id': '2',
    'controller.quorum.voters': '1@127.0.0.1:12,2@127.0.0.1:22,3@127.0.0.1:32',
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
  });
});

it('sends clients of the second listener back to the proxy', () => {
  const proxied = { listener: '127.0.0.1:13', advertised: '127.0.0.1:14' };
  expect(serverProperties({ ...node(1), proxied }, [node(1)])).toMatchObject({
    listeners: 'PLAINTEXT://127.0.0.1:11,PROXIED://127.0.0.1:13,CONTROLLER://127.0.0.1:12',
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:11,PROXIED://127.0.0.1:14',
    'inter.broker.listener.name': 'PLAINTEXT',
  });
});

it('is written as a file and as the variables of the image', () => {
  const properties = { 'log.dirs': 'C:\\data', listeners: 'PLAINTEXT://:9092' };
  expect(asFile(properties)).toBe('log.dirs=C:\\\\data\nlisteners=PLAINTEXT://:9092\n');
  expect(asEnvironment(properties)).toEqual({ KAFKA_LOG_DIRS: 'C:\\data', KAFKA_LISTENERS: 'PLAINTEXT://:9092' });
});
