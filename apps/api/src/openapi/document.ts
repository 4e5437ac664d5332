import { type INestApplication, RequestMethod } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';

/** Health checks are for machines that know nothing of versions: they stand outside the prefix. */
export const globalPrefix: Parameters<INestApplication['setGlobalPrefix']> = [
  'api/v1',
  { exclude: [{ path: 'health/{*path}', method: RequestMethod.GET }] },
];

export function createDocument(app: INestApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Coatrack')
    .setDescription(
      'Serves and fine-tunes EfficientNetV2 and CoAtNet image classifiers. ' +
        'Every route but the health checks needs a key: `Authorization: Bearer <key>`.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addSecurity('key', { type: 'http', scheme: 'bearer' })
    .addSecurityRequirements('key')
    .build();
  return cleanupOpenApiDoc(SwaggerModule.createDocument(app, settings));
}

/** Swagger UI at /docs, the document itself at /docs-json. */
export function serveDocument(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: 'Coatrack API',
    swaggerOptions: { persistAuthorization: true },
  });
}
