import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { type Config, CONFIG } from '../../../config';
import { BodyMemory, type HeldBody } from '../../../platform/http/body-memory';
import { termsOf } from '../predict/request-terms';
import { jsonLengthHeader, splitBody, type SplitBody } from './tensors/binary-data';
import { ApiInference } from './api-inference';
import { V2InferenceService } from './inference.service';
import { DomainError } from '../../../platform/errors/domain-error';
import { readBody } from '../../../platform/http/collect';

@ApiTags('open inference protocol')
@Controller('v2/models')
export class V2InferenceController {
  constructor(
    private readonly inference: V2InferenceService,
    private readonly bodies: BodyMemory,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post(':name/infer')
  @NeedsScope('predict')
  @ApiInference({
    operationId: 'v2Infer',
    summary: 'Run a model on images',
    description:
      'One input: `images`, normalised images (FP32, or FP16 as binary data) in the shape the model names, or `encoded_images`, image files ' +
      '(BYTES; base64 in JSON). Outputs are `logits` and `probabilities`.',
  })
  async infer(@Param('name') name: string, @Req() request: Request, @Res() response: Response) {
    await this.answer({ name }, request, response);
  }

  @Post(':name/versions/:version/infer')
  @NeedsScope('predict')
  @ApiInference({ operationId: 'v2InferVersion', summary: 'Run a version on images' })
  async inferVersion(
    @Param('name') name: string,
    @Param('version') version: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    await this.answer({ name, version }, request, response);
  }

  private async answer(
    model: { name: string; version?: string },
    request: Request,
    response: Response,
  ): Promise<void> {
    const { maxBytes } = this.config.serving;
    const read = async () =>
      readInferenceBody(request, maxBytes, this.bodies.open(request, response));
    const { json, binary } = await this.inference.infer(model, read, termsOf(request, response));
    if (binary.length > 0) {
      response.set({
        'Content-Type': 'application/octet-stream',
        [jsonLengthHeader]: String(json.length),
      });
    } else {
      response.set('Content-Type', 'application/json');
    }
    const body = Buffer.concat([json, ...binary]);
    response.set('Content-Length', String(body.length)).end(body);
  }
}

/**
 * Reads the body whatever its Content-Type: the protocol's clients send different ones.
 * @param limit in bytes
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, TOO_LARGE, QUEUE_FULL, INVALID_REQUEST
 */
async function readInferenceBody(
  request: Request,
  limit: number,
  held: HeldBody,
): Promise<SplitBody> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without Content-Encoding.');
  }
  const body = await readBody(request, { limit, what: 'The body', held });
  return splitBody(body, request.get(jsonLengthHeader));
}
