import { Controller, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { type Config, CONFIG } from '../../../config';
import { ApiAnswer, ApiFailures } from '../../../platform/http/answers';
import { BodyMemory } from '../../../platform/http/body-memory';
import { SideThread } from '../../../platform/http/side-thread';
import { PredictService } from './predict.service';
import { Prediction, PredictQuery } from './predict.dto';
import { presentPrediction } from './present-prediction';
import { nameIn, readImages } from './read-images';
import { ApiTerms, termsOf } from './request-terms';

const binary = { type: 'string', format: 'binary' } as const;

@ApiTags('models')
@ApiFailures('UNAUTHORIZED')
@Controller('models')
export class PredictController {
  constructor(
    private readonly predictions: PredictService,
    private readonly bodies: BodyMemory,
    private readonly thread: SideThread,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post(':name/predict')
  @NeedsScope('predict')
  @ApiOperation({
    operationId: 'predict',
    summary: 'Classify one or more images',
    description:
      'JPEG, PNG, WebP, AVIF, TIFF, BMP, or the first frame of a GIF. Send one image as the body with its image type; send one ' +
      'or more as form fields `image`, or as base64 in JSON.',
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['image'],
            properties: { image: { type: 'array', items: binary } },
          },
        },
        'image/*': { schema: binary },
        'application/json': {
          schema: {
            type: 'object',
            required: ['images'],
            properties: {
              images: { type: 'array', minItems: 1, items: { type: 'string', format: 'byte' } },
            },
          },
        },
      },
    },
  })
  @ApiTerms()
  @ApiAnswer(200, Prediction, 'The most likely labels')
  @ApiFailures(
    'INVALID_JSON',
    'MODEL_NOT_FOUND',
    'VERSION_NOT_FOUND',
    'ALIAS_NOT_FOUND',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'INVALID_REQUEST',
    'NOT_AN_IMAGE',
    'EMBEDDINGS_IMPOSSIBLE',
    'QUEUE_FULL',
    'INFERENCE_FAILED',
    'DEADLINE_EXCEEDED',
    'MODEL_TOO_LARGE',
  )
  async predict(
    @Param('name') name: string,
    @Query() query: PredictQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Prediction> {
    const started = performance.now();
    const { uploadLimits, serving } = this.config;
    const limits = {
      imageBytes: uploadLimits.image,
      body: serving.maxBytes,
      images: serving.maxImages,
    };
    const answer = await this.predictions.predict(
      name,
      query,
      async () => {
        const held = this.bodies.open(request, response);
        const images = await readImages(request, limits, { held, thread: this.thread });
        const source = this.predictions.encoded(images, nameIn(images));
        return { source, embeddings: query.embeddings === 'true' };
      },
      termsOf(request, response),
    );
    return presentPrediction(answer, query, performance.now() - started);
  }
}
