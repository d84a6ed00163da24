import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

export const problemSchema = z.object({
  type: z.url(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** /openapi.json and, to look at it, /docs. The document is made on first demand, from the schemas that validate. */
export function serveOpenApi(app: NestFastifyApplication, service: string): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, service), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
  });
}

export function openApiDocument(app: NestFastifyApplication, service: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(service)
    .setVersion('1')
    .addBearerAuth()
    .addGlobalResponse({
      status: 'default',
      description: 'A problem (RFC 9457)',
      content: { 'application/problem+json': { schema: toOpenApi(problemSchema, 'output') } },
    })
    .build();
  return SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? { schema: toOpenApi(schema, schemaType) } : undefined,
  });
}

/** Transformations have no JSON Schema of their own: what goes in is shown, anything else as "any". */
function toOpenApi(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
  return jsonSchema as Record<string, unknown>;
}
