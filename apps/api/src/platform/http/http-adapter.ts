import { ExpressAdapter } from '@nestjs/platform-express';
import { createServer } from 'node:http';
import { impatient, patience } from './slow-clients';

/** Express on a server that does not wait for slow clients: Node.js takes some of that only when it is made. */
export class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = createServer(impatient(patience), this.getInstance());
  }
}
