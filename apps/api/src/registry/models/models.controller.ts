import { Body, Controller, Delete, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NeedsScope } from '../../platform/auth/needs-scope';
import {
  ApiAnswer,
  ApiAnswerBytes,
  ApiAnswerNothing,
  ApiAnswerPage,
  ApiFailures,
} from '../../platform/http/answers';
import { sendBytes } from '../../platform/http/send-bytes';
import {
  AliasTarget,
  Model,
  ModelListQuery,
  ModelVersion,
  ModelVersionSummary,
  ModelWithVersions,
  VersionListQuery,
} from './model.dto';
import { ModelsService } from './models.service';

@ApiTags('models')
@ApiFailures('UNAUTHORIZED')
@Controller('models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listModels', summary: 'Models, newest first' })
  @ApiAnswerPage(Model, 'A page of models')
  @ApiFailures('INVALID_REQUEST')
  list(@Query() page: ModelListQuery) {
    return this.models.list(page);
  }

  @Get(':name')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'getModel', summary: 'Get a model with its newest versions' })
  @ApiAnswer(200, ModelWithVersions, 'The model')
  @ApiFailures('MODEL_NOT_FOUND')
  get(@Param('name') name: string) {
    return this.models.get(name);
  }

  @Delete(':name')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'deleteModel',
    summary: 'Delete a model with its versions and aliases',
  })
  @ApiAnswerNothing()
  @ApiFailures('MODEL_NOT_FOUND', 'MODEL_IN_USE')
  delete(@Param('name') name: string) {
    return this.models.delete(name);
  }

  @Get(':name/versions')
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'listModelVersions',
    summary: "A model's versions, newest first",
    description: 'Omits labels and recipes, which `GET models/{name}/versions/{version}` returns.',
  })
  @ApiAnswerPage(ModelVersionSummary, 'A page of versions')
  @ApiFailures('MODEL_NOT_FOUND', 'INVALID_REQUEST')
  versions(@Param('name') name: string, @Query() page: VersionListQuery) {
    return this.models.versions(name, page);
  }

  @Get(':name/versions/:version')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'getModelVersion', summary: 'One version' })
  @ApiAnswer(200, ModelVersion, 'The version')
  @ApiFailures('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
  version(@Param('name') name: string, @Param('version') version: string) {
    return this.models.version(name, version);
  }

  @Get(':name/versions/:version/weights')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'getModelVersionWeights', summary: "A version's weights" })
  @ApiAnswerBytes(
    'application/octet-stream',
    'The .safetensors or .onnx file; supports byte ranges',
  )
  @ApiFailures('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
  async weights(
    @Param('name') name: string,
    @Param('version') version: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    await sendBytes(request, response, await this.models.weights(name, version));
  }

  @Delete(':name/versions/:version')
  @NeedsScope('train')
  @ApiOperation({ operationId: 'deleteModelVersion', summary: 'Delete a version' })
  @ApiAnswerNothing()
  @ApiFailures('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'VERSION_IN_USE')
  deleteVersion(@Param('name') name: string, @Param('version') version: string) {
    return this.models.deleteVersion(name, version);
  }

  @Put(':name/aliases/:alias')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'setModelAlias',
    summary: 'Point an alias to a version',
    description:
      'If the version that it pointed to is being served, the new one is loaded and warmed up first, so that no prediction ' +
      'waits or fails. An alias does not move to a version that cannot be loaded.',
  })
  @ApiAnswer(200, Model, 'The model')
  @ApiFailures('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'INVALID_REQUEST', 'INFERENCE_FAILED')
  @ApiFailures('INVALID_JSON', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'MODEL_TOO_LARGE')
  setAlias(
    @Param('name') name: string,
    @Param('alias') alias: string,
    @Body() { version }: AliasTarget,
  ) {
    return this.models.setAlias(name, alias, version);
  }

  @Delete(':name/aliases/:alias')
  @NeedsScope('train')
  @ApiOperation({ operationId: 'deleteModelAlias', summary: 'Delete an alias' })
  @ApiAnswerNothing()
  @ApiFailures('MODEL_NOT_FOUND', 'ALIAS_NOT_FOUND')
  deleteAlias(@Param('name') name: string, @Param('alias') alias: string) {
    return this.models.deleteAlias(name, alias);
  }
}
