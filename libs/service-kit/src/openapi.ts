import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemType } from './problem.ts';

export const problemSchema = z
  .looseObject({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .describe(`RFC 9457; \`type\` is ${problemType} with the code. Some have members of their own, such as \`id\`.`);

/** /openapi.json and, to look at it, /docs. The document is made on first demand, from the schemas that validate. */
export function serveOpenApi(app: NestFastifyApplication, service: string): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, service), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
  });
}

export function openApiDocument(app: NestFastifyApplication, service: string): OpenAPIObject {
  const content = { 'application/problem+json': { schema: toOpenApi(problemSchema, 'output') } };
  const config = new DocumentBuilder()
    .setTitle(service)
    .setVersion('1')
    .addBearerAuth()
    .addGlobalResponse({ status: 'default', description: 'A problem (RFC 9457)', content })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? { schema: toOpenApi(schema, schemaType) } : undefined,
  });
  // A response that only says when it occurs is a problem like any other.
  for (const { responses } of operationsOf(document)) {
    for (const [status, response] of Object.entries(responses)) {
      if (Number(status) >= 400 && response && !('$ref' in response)) response.content ??= content;
    }
  }
  return document;
}

function operationsOf({ paths }: OpenAPIObject) {
  return Object.values(paths).flatMap(({ get, put, post, delete: remove }) =>
    [get, put, post, remove].filter((operation) => operation !== undefined),
  );
}

/** Transformations have no JSON Schema of their own: what goes in is shown, anything else as "any". */
function toOpenApi(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
  return jsonSchema as Record<string, unknown>;
}
