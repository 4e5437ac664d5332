import { Controller, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { Answers, Fails } from '../http/answers';
import { PredictQuery, Prediction } from './predict.dto';
import { PredictService } from './predict.service';
import { readPicture } from './read-picture';

const binary = { type: 'string', format: 'binary' } as const;

@ApiTags('models')
@Fails('UNAUTHORIZED')
@Controller('models')
export class PredictController {
  constructor(
    private readonly predictions: PredictService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post(':name/predict')
  @ApiOperation({
    operationId: 'predict',
    summary: 'What is in a picture',
    description: 'The picture is the form field `image`, or the body itself with its image type.',
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: { type: 'object', required: ['image'], properties: { image: binary } },
        },
        'image/*': { schema: binary },
      },
    },
  })
  @Answers(200, Prediction, 'The likeliest labels')
  @Fails(
    'INVALID_JSON',
    'MODEL_NOT_FOUND',
    'VERSION_NOT_FOUND',
    'ALIAS_NOT_FOUND',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'INVALID_REQUEST',
    'NOT_A_PICTURE',
    'INFERENCE_FAILED',
    'INFERENCE_BUSY',
  )
  predict(@Param('name') name: string, @Query() query: PredictQuery, @Req() request: Request) {
    return this.predictions.predict(name, query, () =>
      readPicture(request, this.config.uploadLimits.image),
    );
  }
}
