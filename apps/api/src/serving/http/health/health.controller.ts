import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { OpenToAll } from '../../../platform/auth/needs-scope';
import { ApiAnswer } from '../../../platform/http/answers';
import { Liveness, Readiness, HealthService, isReady } from './health.service';

@ApiTags('health')
@OpenToAll()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process runs', security: [] })
  @ApiAnswer(200, Liveness, 'It runs')
  live() {
    return this.health.live();
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether the server can answer predictions',
    security: [],
  })
  @ApiAnswer(200, Readiness, 'Predictions are answered')
  @ApiResponse({
    status: 503,
    type: Readiness,
    description: 'A dependency does not answer, or the server is shutting down',
  })
  async ready(@Res({ passthrough: true }) response: Response) {
    const readiness = await this.health.ready();
    if (!isReady(readiness)) response.status(503);
    return readiness;
  }
}
