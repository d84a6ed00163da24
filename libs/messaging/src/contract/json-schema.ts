import { scope } from '@sluice/core';
import { z } from 'zod';
import type { EventContract } from './contract.ts';

/** JSON Schema draft 7, which is what AsyncAPI's own schema language builds on. */
export type JsonSchema = Record<string, unknown>;

/** CloudEvents `dataschema` of an event type at one version of its data. */
export function schemaUrn(type: string, dataVersion: number): string {
  return `urn:${scope}:schema:${type}:${dataVersion}`;
}

/** Readers ignore members they do not know, so the schema allows them. */
export function dataSchemaOf(contract: EventContract): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(contract.data, { target: 'draft-7', io: 'input' });
  return { $schema, $id: schemaUrn(contract.type, contract.dataVersion), title: contract.type, ...schema };
}

/** What the contract says in words about its event, from the schema's metadata. */
export function describe(contract: EventContract): { description: string; examples: unknown[] } {
  const { description = '', examples = [] } = contract.data.meta() ?? {};
  return { description, examples: Array.isArray(examples) ? examples : [examples] };
}
