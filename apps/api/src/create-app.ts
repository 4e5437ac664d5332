import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import { ApiKeys } from './auth/api-keys';
import { docsAuth } from './auth/docs-auth';
import type { Environment } from './core.module';
import { limitSlowClients, closeSlowBodies } from './http/slow-clients';
import { refuseUnreadablePath } from './http/readable-path';
import { isPlainJson } from './http/own-bodies';
import { assignRequestId } from './http/request-id';
import { Logger } from './logger';
import { globalPrefix, serveDocument } from './openapi/document';

/** The whole HTTP application, ready to listen. */
export async function createApp(environment: Environment): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(environment), {
    abortOnError: false,
    logger: new Logger(),
    bodyParser: false,
  });
  app.disable('x-powered-by');
  app.use(assignRequestId, closeSlowBodies, refuseUnreadablePath);
  app.useBodyParser('json', { limit: '1mb', type: isPlainJson });
  app.setGlobalPrefix(...globalPrefix);
  app.use(['/docs', '/docs-json'], docsAuth(app.get(ApiKeys)));
  serveDocument(app);
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  limitSlowClients(app.getHttpServer());
  return app;
}
