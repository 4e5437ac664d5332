import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { NeedsScope } from '../../../platform/auth/needs-scope';
import { ApiAnswer } from '../../../platform/http/answers';
import { termsOf } from '../predict/request-terms';
import { ApiFailuresV2 } from './api-inference';
import { V2RepositoryService } from './repository.service';
import {
  V2IndexRequest,
  V2Load,
  V2LoadRequest,
  V2RepositoryEntry,
  V2Unload,
  V2UnloadRequest,
} from './v2.dto';
import { parseOrFail } from '../../../platform/errors/invalid-request';
import { readBody } from '../../../platform/http/collect';
import { parseJson } from '../../../platform/http/parse-json';

@ApiTags('open inference protocol')
@ApiFailuresV2('INVALID_JSON', 'INVALID_REQUEST', 'UNAUTHORIZED', 'TOO_LARGE')
@Controller('v2/repository')
export class V2RepositoryController {
  constructor(private readonly repository: V2RepositoryService) {}

  @Post('index')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'v2Index', summary: 'All versions of all models, loaded or not' })
  @ApiBody({ type: V2IndexRequest, required: false })
  @ApiAnswer(200, [V2RepositoryEntry], 'By name, oldest version first')
  async index(@Req() request: Request) {
    return this.repository.index(await readOptions(request, V2IndexRequest.schema));
  }

  @Post('models/:name/load')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'v2Load',
    summary: 'Load a model and warm it up',
    description: 'Loads the latest version; `name@alias` and `name:version` load that version.',
  })
  @ApiBody({ type: V2LoadRequest, required: false })
  @ApiAnswer(200, V2Load, 'The version is ready')
  @ApiFailuresV2('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'ALIAS_NOT_FOUND', 'QUEUE_FULL')
  @ApiFailuresV2('INFERENCE_FAILED', 'DEADLINE_EXCEEDED', 'MODEL_TOO_LARGE')
  async load(
    @Param('name') name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const terms = termsOf(request, response);
    await readOptions(request, V2LoadRequest.schema);
    return this.repository.load(name, terms);
  }

  @Post('models/:name/unload')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'v2Unload',
    summary: 'Free the memory of a model',
    description:
      'Frees all its versions; `name@alias` and `name:version` free one. Requests in progress are answered first, and a new ' +
      'request loads the model again.',
  })
  @ApiBody({ type: V2UnloadRequest, required: false })
  @ApiAnswer(200, V2Unload, 'The model is not loaded any more')
  @ApiFailuresV2('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'ALIAS_NOT_FOUND')
  async unload(@Param('name') name: string, @Req() request: Request) {
    await readOptions(request, V2UnloadRequest.schema);
    return this.repository.unload(name);
  }
}

const maxBytes = 64 * 1024;

/**
 * Reads a small JSON body; a missing one counts as an empty object.
 * @throws DomainError INVALID_JSON, INVALID_REQUEST, TOO_LARGE
 */
async function readOptions<T extends z.ZodType>(request: Request, schema: T): Promise<z.output<T>> {
  const body = await readBody(request, { limit: maxBytes, what: 'The body' });
  const limits = { nestings: maxBytes, values: maxBytes };
  return parseOrFail(schema, body.length > 0 ? parseJson(body, limits) : {});
}
