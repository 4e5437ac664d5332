import { Controller, Get, HttpStatus, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { ApiAnswer } from '../../../platform/http/answers';
import { V2Statistics, V2Model, V2ModelReady } from './v2.dto';
import { ApiFailuresV2 } from './api-inference';
import { V2ModelsService } from './models.service';

const notReady = {
  status: HttpStatus.BAD_REQUEST,
  description: 'Not loaded and warm',
  type: V2ModelReady,
};

/** `{name}` means a model's latest version; `{name}@{alias}` the version that the alias points to. */
@ApiTags('open inference protocol')
@ApiFailuresV2('UNAUTHORIZED', 'MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'ALIAS_NOT_FOUND')
@Controller('v2/models')
export class V2ModelsController {
  constructor(private readonly models: V2ModelsService) {}

  // Must precede `:name`, so a model named "stats" is only reachable by the routes of its versions.
  @Get('stats')
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'v2AllStatistics',
    summary: 'Statistics of all models since the server started',
  })
  @ApiAnswer(200, V2Statistics, 'Every version that has received a request')
  allStatistics() {
    return this.models.allStatistics();
  }

  @Get(':name')
  @NeedsScope('predict', 'read')
  @ApiOperation({
    operationId: 'v2Model',
    summary: 'Describe the inputs and outputs of a model',
    description:
      'In every path of the protocol, a name means the latest version and `name@alias` the version that the alias points to.',
  })
  @ApiAnswer(200, V2Model, 'The tensors of the model')
  model(@Param('name') name: string) {
    return this.models.metadata(name);
  }

  @Get(':name/versions/:version')
  @NeedsScope('predict', 'read')
  @ApiOperation({
    operationId: 'v2ModelVersion',
    summary: 'Describe the inputs and outputs of a version',
  })
  @ApiAnswer(200, V2Model, 'The tensors of the version')
  version(@Param('name') name: string, @Param('version') version: string) {
    return this.models.metadata(name, version);
  }

  @Get(':name/ready')
  @NeedsScope('predict', 'read')
  @ApiOperation({
    operationId: 'v2ModelReady',
    summary: 'Whether a model is loaded and warm',
    description: 'The first request for a model that is not loaded loads it.',
  })
  @ApiAnswer(200, V2ModelReady, 'It is')
  @ApiResponse(notReady)
  modelReady(@Param('name') name: string, @Res({ passthrough: true }) response: Response) {
    return this.tellReady(response, name);
  }

  @Get(':name/versions/:version/ready')
  @NeedsScope('predict', 'read')
  @ApiOperation({
    operationId: 'v2ModelVersionReady',
    summary: 'Whether a version is loaded and warm',
  })
  @ApiAnswer(200, V2ModelReady, 'It is')
  @ApiResponse(notReady)
  versionReady(
    @Param('name') name: string,
    @Param('version') version: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.tellReady(response, name, version);
  }

  @Get(':name/stats')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'v2ModelStatistics', summary: 'Statistics of a model' })
  @ApiAnswer(200, V2Statistics, 'Its versions that have received a request')
  modelStatistics(@Param('name') name: string) {
    return this.models.modelStatistics(name);
  }

  @Get(':name/versions/:version/stats')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'v2ModelVersionStatistics', summary: 'Statistics of a version' })
  @ApiAnswer(200, V2Statistics, 'The version')
  versionStatistics(@Param('name') name: string, @Param('version') version: string) {
    return this.models.modelStatistics(name, version);
  }

  private async tellReady(response: Response, name: string, version?: string) {
    const answer = await this.models.ready(name, version);
    if (!answer.ready) response.status(notReady.status);
    return answer;
  }
}
