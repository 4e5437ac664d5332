import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NeedsScope, OpenToAll } from '../../../platform/auth/needs-scope';
import { HealthService, isReady } from '../health/health.service';
import { ApiAnswer } from '../../../platform/http/answers';
import { ApiFailuresV2 } from './api-inference';
import { V2Server, V2ServerLive, V2ServerReady } from './v2.dto';

const { version }: { version: string } = JSON.parse(
  readFileSync(join(__dirname, '../../../../package.json'), 'utf8'),
);
const notReady = {
  status: HttpStatus.BAD_REQUEST,
  description: 'The server cannot answer requests',
  type: V2ServerReady,
};

@ApiTags('open inference protocol')
@Controller('v2')
export class V2ServerController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @NeedsScope('predict', 'read')
  @ApiOperation({ operationId: 'v2Server', summary: 'Describe the server' })
  @ApiAnswer(200, V2Server, 'Name, version and extensions')
  @ApiFailuresV2('UNAUTHORIZED')
  server(): V2Server {
    return {
      name: 'coatrack',
      version,
      extensions: ['binary_tensor_data', 'classification', 'model_repository', 'statistics'],
    };
  }

  @Get('health/live')
  @OpenToAll()
  @ApiOperation({ operationId: 'v2Live', summary: 'Whether the server runs', security: [] })
  @ApiAnswer(200, V2ServerLive, 'It runs')
  live(): V2ServerLive {
    return { live: true };
  }

  @Get('health/ready')
  @OpenToAll()
  @ApiOperation({
    operationId: 'v2Ready',
    summary: 'Whether the server can answer requests',
    security: [],
  })
  @ApiAnswer(200, V2ServerReady, 'It can')
  @ApiResponse(notReady)
  async ready(@Res({ passthrough: true }) response: Response): Promise<V2ServerReady> {
    const ready = isReady(await this.health.ready());
    if (!ready) response.status(notReady.status);
    return { ready };
  }
}
