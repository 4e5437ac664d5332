import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { ApiAnswer, ApiFailures } from '../../../platform/http/answers';
import { StatsService } from './stats.service';
import { Serving } from './stats.dto';

@ApiTags('models')
@ApiFailures('UNAUTHORIZED')
@Controller('models')
export class StatsController {
  constructor(private readonly serving: StatsService) {}

  @Get(':name/versions/:version/serving')
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'getModelVersionServing',
    summary: 'Engine, speed and batches of a version',
  })
  @ApiAnswer(200, Serving, 'Current statistics')
  @ApiFailures('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
  get(@Param('name') name: string, @Param('version') version: string) {
    return this.serving.get(name, version);
  }
}
