import { Controller, Delete, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NeedsScope } from '../../platform/auth/needs-scope';
import {
  ApiAnswerBytes,
  ApiAnswerNothing,
  ApiAnswerPage,
  ApiFailures,
} from '../../platform/http/answers';
import { sendBytes } from '../../platform/http/send-bytes';
import { Artifact, ArtifactListQuery } from './export.dto';
import { ExportsService } from './exports.service';

@ApiTags('models')
@ApiFailures('UNAUTHORIZED', 'MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
@Controller('models/:name/versions/:version/artifacts')
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'listArtifacts',
    summary: 'List the exports of a version, newest first',
  })
  @ApiAnswerPage(Artifact, 'A page of artifacts')
  @ApiFailures('INVALID_REQUEST')
  list(
    @Param('name') name: string,
    @Param('version') version: string,
    @Query() page: ArtifactListQuery,
  ) {
    return this.exports.list(name, version, page);
  }

  @Get(':id')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'getArtifact', summary: 'The file of an artifact' })
  @ApiAnswerBytes('application/octet-stream', 'The file; supports byte ranges')
  @ApiFailures('ARTIFACT_NOT_FOUND')
  async file(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('id') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    await sendBytes(request, response, await this.exports.file(name, version, id));
  }

  @Delete(':id')
  @NeedsScope('train')
  @ApiOperation({ operationId: 'deleteArtifact', summary: 'Delete an artifact' })
  @ApiAnswerNothing()
  @ApiFailures('ARTIFACT_NOT_FOUND')
  delete(@Param('name') name: string, @Param('version') version: string, @Param('id') id: string) {
    return this.exports.delete(name, version, id);
  }
}
