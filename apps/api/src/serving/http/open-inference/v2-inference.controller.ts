import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { type Config, CONFIG } from '../../../config';
import { BodyMemory } from '../../../platform/http/body-memory';
import { termsOf } from '../predict/request-terms';
import { jsonLengthHeader } from './binary-data';
import { readInferenceBody } from './read-inference-body';
import { TakesInference } from './takes-inference';
import { V2InferenceService } from './v2-inference.service';

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
  @TakesInference({
    operationId: 'v2Infer',
    summary: 'Run a model on pictures',
    description:
      'One input: `images`, normalised pictures (FP32, in binary also FP16) as the model says, or `pictures`, encoded ones ' +
      '(BYTES; base64 in JSON). Outputs are `logits` and `probabilities`.',
  })
  async infer(@Param('name') name: string, @Req() request: Request, @Res() response: Response) {
    await this.answer({ name }, request, response);
  }

  @Post(':name/versions/:version/infer')
  @NeedsScope('predict')
  @TakesInference({ operationId: 'v2InferVersion', summary: 'Run a version on pictures' })
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
