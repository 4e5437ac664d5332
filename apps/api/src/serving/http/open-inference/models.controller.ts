import { Controller, Get, HttpStatus, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { ApiAnswer } from '../../../platform/http/answers';
import { V2Statistics, V2Model, V2ModelReady } from './v2.dto';
import { ApiFailuresV2 } from './api-inference';
import { V2ModelsService } from './models.service';

const notReady = { status: HttpStatus.BAD_REQUEST, description: 'It is not', type: V2ModelReady };

/** `{name}` is a model's latest version; `{name}@{alias}` what the alias points to. */
@ApiTags('open inference protocol')
@ApiFailuresV2('UNAUTHORIZED', 'MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'ALIAS_NOT_FOUND')
@Controller('v2/models')
export class V2ModelsController {
  constructor(private readonly models: V2ModelsService) {}

  // Before `:name`: a model called "stats" is described only by the routes of its versions.
  @Get('stats')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'v2AllStatistics', summary: 'What has been served since the start' })
  @ApiAnswer(200, V2Statistics, 'All versions that were asked for anything')
  allStatistics() {
    return this.models.allStatistics();
  }

  @Get(':name')
  @NeedsScope('predict', 'read')
  @ApiOperation({
    operationId: 'v2Model',
    summary: 'What a model takes and gives',
    description:
      'A name is the latest version; `name@alias` is the version that the alias points to, in every path of the protocol.',
  })
  @ApiAnswer(200, V2Model, 'Its tensors')
  model(@Param('name') name: string) {
    return this.models.metadata(name);
  }

  @Get(':name/versions/:version')
  @NeedsScope('predict', 'read')
  @ApiOperation({ operationId: 'v2ModelVersion', summary: 'What a version takes and gives' })
  @ApiAnswer(200, V2Model, 'Its tensors')
  version(@Param('name') name: string, @Param('version') version: string) {
    return this.models.metadata(name, version);
  }

  @Get(':name/ready')
  @NeedsScope('predict', 'read')
  @ApiOperation({
    operationId: 'v2ModelReady',
    summary: 'Whether a model is loaded and warm',
    description: 'One that is not is loaded by the first request for it.',
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
  @ApiOperation({ operationId: 'v2ModelStatistics', summary: 'What a model has served' })
  @ApiAnswer(200, V2Statistics, 'Its versions that were asked for anything')
  modelStatistics(@Param('name') name: string) {
    return this.models.modelStatistics(name);
  }

  @Get(':name/versions/:version/stats')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'v2ModelVersionStatistics', summary: 'What a version has served' })
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
