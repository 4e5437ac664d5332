import { type INestApplication, RequestMethod } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { z } from 'zod';
import { answerSchemas, unions, unionSchema } from '../http/answers';

/** Prefix of all routes except health checks, metrics and the Open Inference Protocol. */
export const globalPrefix: Parameters<INestApplication['setGlobalPrefix']> = [
  'api/v1',
  {
    exclude: [
      { path: 'health/{*path}', method: RequestMethod.GET },
      { path: 'metrics', method: RequestMethod.GET },
      { path: 'v2', method: RequestMethod.ALL },
      { path: 'v2/{*path}', method: RequestMethod.ALL },
    ],
  },
];

export function createDocument(app: INestApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Coatrack')
    .setDescription(
      'Serves and fine-tunes EfficientNetV2 and CoAtNet image classifiers. ' +
        'Every route except the health checks needs a key, `Authorization: Bearer <key>`, with one of the scopes it names: `predict`, ' +
        '`read`, `train` (which includes both) or `admin` (everything). ' +
        '`/v2` implements the Open Inference Protocol, as KServe and Triton do, with the extensions for binary ' +
        'tensors, classification, statistics and the model repository.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addSecurity('key', { type: 'http', scheme: 'bearer' })
    .build();
  const document = cleanupOpenApiDoc(SwaggerModule.createDocument(app, settings));
  // Nest mistakes a nullable string for an array of strings, so the schemas of answers come from Zod.
  const schemas: Record<string, unknown> = document.components?.schemas ?? {};
  for (const [name, schema] of answerSchemas) schemas[name] = toJsonSchema(schema);
  for (const [name, union] of unions) {
    for (const member of Object.values(union.members)) {
      schemas[member.name] = toJsonSchema(member.schema, union.io);
    }
    schemas[name] = unionSchema(union);
  }
  forEachObject(document, dropSafeIntegerBounds);
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path)) addRefusals(operation as Operation);
  }
  document.paths = sorted(document.paths);
  document.components!.schemas = sorted(document.components!.schemas!);
  return document;
}

/** Sorts by name, so that the document does not depend on the order of modules. */
function sorted<T>(byName: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(byName).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Operation {
  security?: Record<string, string[]>[];
  responses: Record<string, { description: string } | undefined>;
}

/** Documents the errors of the guards in the format of the route's other errors. */
function addRefusals({ security, responses }: Operation): void {
  const unauthorized = responses['401'];
  if (!security?.length || !unauthorized) return;
  responses['403'] ??= { ...unauthorized, description: 'FORBIDDEN' };
  const tooMany = (responses['429'] ??= { ...unauthorized, description: '' });
  const codes = ['RATE_LIMITED', 'TOO_MANY_WRONG_KEYS'];
  tooMany.description = [tooMany.description, ...codes].filter(Boolean).join(', ');
}

function toJsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output' = 'output',
): Record<string, unknown> {
  const jsonSchema: Record<string, unknown> = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: part }) => {
      // Answers may get new fields, so clients must not refuse unknown ones.
      if (io === 'output' && part.additionalProperties === false) delete part.additionalProperties;
    },
  });
  delete jsonSchema.$schema;
  return jsonSchema;
}

/** Removes the bounds of safe integers, which are implied for every integer. */
function dropSafeIntegerBounds(part: Record<string, unknown>): void {
  if (part.minimum === Number.MIN_SAFE_INTEGER) delete part.minimum;
  if (part.maximum === Number.MAX_SAFE_INTEGER) delete part.maximum;
}

function forEachObject(value: unknown, act: (part: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  act(value as Record<string, unknown>);
  for (const inner of Object.values(value)) forEachObject(inner, act);
}

/** Runs in the browser: served below the console, it adds the session's proof, which the console stores, to changes. */
function showProof(request: { headers: Record<string, string> }) {
  const proof = (
    globalThis as unknown as { localStorage: { getItem(key: string): string | null } }
  ).localStorage.getItem('coatrack-proof');
  if (proof) request.headers['X-Coatrack-Proof'] = proof;
  return request;
}

/** Serves Swagger UI at /docs and the document at /docs-json. */
export function serveDocument(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: 'Coatrack API',
    swaggerOptions: { requestInterceptor: showProof },
  });
}
