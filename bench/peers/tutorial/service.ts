import 'reflect-metadata';
import { type Provider, type Type, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type KafkaOptions, Transport } from '@nestjs/microservices';
import { DataSource } from 'typeorm';

/** The order pipeline as tutorials write it, every option at its default: a peer to be measured against. */

/** Throws when the bench forgot one. */
export function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is required`);
  return value;
}

export function kafka(service: string): KafkaOptions {
  const client = { clientId: service, brokers: env('KAFKA_BROKERS').split(',') };
  return { transport: Transport.KAFKA, options: { client, consumer: { groupId: service } } };
}

export function database(entities: Type[]): Provider {
  return {
    provide: DataSource,
    useFactory: () =>
      new DataSource({ type: 'postgres', url: env('DATABASE_URL'), entities, synchronize: true }).initialize(),
  };
}

export async function start(module: Type, service: string): Promise<void> {
  const app = await NestFactory.create(module, { logger: ['warn', 'error', 'fatal'] });
  app.useGlobalPipes(new ValidationPipe());
  app.enableShutdownHooks();
  app.connectMicroservice(kafka(service));
  await app.startAllMicroservices();
  await app.listen(env('PORT'), '127.0.0.1');
}
