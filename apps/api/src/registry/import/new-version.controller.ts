import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { ApiFailures } from '../../platform/http/answers';
import { Idempotent } from '../../platform/idempotency/idempotent';
import { CreateImport, importJob, readImport } from './import.job';
import { job } from '../../jobs/job.dto';
import type { JobAnswer } from '../../jobs/job-view';
import { JobsService } from '../../jobs/jobs.service';
import { ModelVersion, VersionConfig } from '../models/model.dto';
import { VersionUploadService } from './version-upload.service';

const body = {
  required: true,
  content: {
    'application/json': { schema: { $ref: getSchemaPath(CreateImport) } },
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['config', 'weights'],
        properties: {
          config: { $ref: getSchemaPath(VersionConfig) },
          weights: {
            type: 'array',
            items: { type: 'string', format: 'binary' },
            description:
              'The file, or several parts of this name for a checkpoint of several files',
          },
        },
      },
    },
  },
};

/** Creates versions from uploaded weights, or starts a job that imports published ones. */
@ApiTags('models')
@ApiFailures('UNAUTHORIZED')
@Controller('models')
export class NewVersionController {
  constructor(
    private readonly uploads: VersionUploadService,
    private readonly jobs: JobsService,
  ) {}

  @Post(':name/versions')
  @NeedsScope('train')
  @Idempotent()
  @ApiOperation({
    operationId: 'createModelVersion',
    summary: 'Upload or import weights as the next version',
    description:
      'A form uploads weights, whose format is detected from their bytes: .safetensors or files of torch.save (.pth, .pt, .ckpt) with the names of timm or torchvision, a Keras file (.h5, .keras), a TensorFlow checkpoint of google/automl, or an ONNX classifier of one of the architectures, which can be served but not trained. `notes` says how the files were read and what was ignored. JSON names a repository of the Hugging Face Hub, or a published checkpoint, and starts a job that imports it. The first version creates the model.',
    requestBody: body,
  })
  @ApiExtraModels(VersionConfig, CreateImport)
  @ApiResponse({ status: 201, type: ModelVersion, description: 'For a form: the version' })
  @ApiResponse({
    status: 202,
    schema: { $ref: getSchemaPath(job.name) },
    description: 'For JSON: the job, waiting for a worker',
  })
  @ApiFailures('INVALID_JSON', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  @ApiFailures('INVALID_REQUEST', 'UNKNOWN_ARCHITECTURE', 'INVALID_WEIGHTS', 'INVALID_LABELS')
  @ApiFailures('STORAGE_FULL')
  create(
    @Param('name') name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ModelVersion | JobAnswer> {
    if (!request.is('application/json')) return this.uploads.create(name, request);
    response.status(202);
    return this.jobs.start(importJob, readImport(name, request.body));
  }
}
