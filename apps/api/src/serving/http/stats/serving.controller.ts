import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { Answers, Fails } from '../../../platform/http/answers';
import { ServingService } from './serving.service';
import { Serving } from './serving.dto';

@ApiTags('models')
@Fails('UNAUTHORIZED')
@Controller('models')
export class ServingController {
  constructor(private readonly serving: ServingService) {}

  @Get(':name/versions/:version/serving')
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'getModelVersionServing',
    summary: 'What runs a version, how fast, and how its batches form',
  })
  @Answers(200, Serving, 'As it is now')
  @Fails('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
  get(@Param('name') name: string, @Param('version') version: string) {
    return this.serving.get(name, version);
  }
}
