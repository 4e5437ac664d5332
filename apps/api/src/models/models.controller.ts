import { Body, Controller, Delete, Get, Param, Post, Put, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Answers, AnswersBytes, AnswersNothing, Fails } from '../http/answers';
import { sendBytes } from '../http/send-bytes';
import { AliasTarget, Model, ModelVersion, ModelWithVersions, VersionConfig } from './model.dto';
import { ModelsService } from './models.service';
import { VersionUploadService } from './version-upload.service';

@ApiTags('models')
@Fails('UNAUTHORIZED')
@Controller('models')
export class ModelsController {
  constructor(
    private readonly models: ModelsService,
    private readonly uploads: VersionUploadService,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listModels', summary: 'All models, newest first' })
  @Answers(200, [Model], 'The models')
  list() {
    return this.models.list();
  }

  @Get(':name')
  @ApiOperation({ operationId: 'getModel', summary: 'One model with its versions' })
  @Answers(200, ModelWithVersions, 'The model')
  @Fails('MODEL_NOT_FOUND')
  get(@Param('name') name: string) {
    return this.models.get(name);
  }

  @Delete(':name')
  @ApiOperation({
    operationId: 'deleteModel',
    summary: 'Delete a model with its versions and aliases',
  })
  @AnswersNothing()
  @Fails('MODEL_NOT_FOUND', 'MODEL_IN_USE')
  delete(@Param('name') name: string) {
    return this.models.delete(name);
  }

  @Post(':name/versions')
  @ApiOperation({
    operationId: 'createModelVersion',
    summary: 'Upload weights as the next version',
    description:
      'Weights in any format, told by their bytes: .safetensors or what torch.save writes (.pth, .pt), in the names of timm or torchvision; or an ONNX classifier of one of the architectures, which is only served. The first version makes the model.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiExtraModels(VersionConfig)
  @ApiBody({
    schema: {
      type: 'object',
      required: ['config', 'weights'],
      properties: {
        config: { $ref: getSchemaPath(VersionConfig) },
        weights: {
          type: 'array',
          items: { type: 'string', format: 'binary' },
          description: 'The file; or several parts of this name, for a checkpoint of several files',
        },
      },
    },
  })
  @Answers(201, ModelVersion, 'The version')
  @Fails('INVALID_JSON', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  @Fails('INVALID_REQUEST', 'UNKNOWN_ARCHITECTURE', 'INVALID_WEIGHTS', 'INVALID_LABELS')
  @Fails('STORAGE_FULL')
  createVersion(@Param('name') name: string, @Req() request: Request) {
    return this.uploads.create(name, request);
  }

  @Get(':name/versions/:version')
  @ApiOperation({ operationId: 'getModelVersion', summary: 'One version' })
  @Answers(200, ModelVersion, 'The version')
  @Fails('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
  version(@Param('name') name: string, @Param('version') version: string) {
    return this.models.version(name, version);
  }

  @Get(':name/versions/:version/weights')
  @ApiOperation({ operationId: 'getModelVersionWeights', summary: "A version's weights" })
  @AnswersBytes('application/octet-stream', 'The .safetensors or .onnx file; ranges are served')
  @Fails('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
  async weights(
    @Param('name') name: string,
    @Param('version') version: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    await sendBytes(request, response, await this.models.weights(name, version));
  }

  @Delete(':name/versions/:version')
  @ApiOperation({ operationId: 'deleteModelVersion', summary: 'Delete a version' })
  @AnswersNothing()
  @Fails('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'VERSION_IN_USE')
  deleteVersion(@Param('name') name: string, @Param('version') version: string) {
    return this.models.deleteVersion(name, version);
  }

  @Put(':name/aliases/:alias')
  @ApiOperation({ operationId: 'setModelAlias', summary: 'Point an alias to a version' })
  @Answers(200, Model, 'The model')
  @Fails('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'INVALID_REQUEST')
  @Fails('INVALID_JSON', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  setAlias(
    @Param('name') name: string,
    @Param('alias') alias: string,
    @Body() { version }: AliasTarget,
  ) {
    return this.models.setAlias(name, alias, version);
  }

  @Delete(':name/aliases/:alias')
  @ApiOperation({ operationId: 'deleteModelAlias', summary: 'Delete an alias' })
  @AnswersNothing()
  @Fails('MODEL_NOT_FOUND', 'ALIAS_NOT_FOUND')
  deleteAlias(@Param('name') name: string, @Param('alias') alias: string) {
    return this.models.deleteAlias(name, alias);
  }
}
