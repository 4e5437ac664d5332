import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { answerSchemas } from '../../../platform/http/answers';
import { TakesTerms } from '../predict/request-terms';
import { jsonLengthHeader } from './binary-data';
import { V2InferenceRequest, V2InferenceResponse } from './inference.dto';
import { FailsV2 } from './v2-answers';

answerSchemas.set(V2InferenceResponse.name, V2InferenceResponse.schema);

const withBinary = { schema: { type: 'string', format: 'binary' } } as const;

const contentOf = (dto: typeof V2InferenceRequest | typeof V2InferenceResponse) => ({
  'application/json': { schema: { $ref: getSchemaPath(dto) } },
  'application/octet-stream': withBinary,
});

/** What an inference route takes and answers, as JSON alone or with binary data after it. */
export function TakesInference(operation: {
  operationId: string;
  summary: string;
  description?: string;
}): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiOperation({
      ...operation,
      requestBody: { required: true, content: contentOf(V2InferenceRequest) },
    }),
    ApiExtraModels(V2InferenceRequest, V2InferenceResponse),
    ApiHeader({
      name: jsonLengthHeader,
      required: false,
      schema: { type: 'integer', minimum: 0 },
      description: 'Bytes of the JSON, where binary data follows it',
    }),
    TakesTerms(),
    ApiResponse({
      status: 200,
      description: 'The outputs; with binary data after the JSON where it was asked for',
      content: contentOf(V2InferenceResponse),
      headers: {
        [jsonLengthHeader]: {
          description: 'Bytes of the JSON, where binary data follows it',
          schema: { type: 'integer' },
        },
      },
    }),
    FailsV2('INVALID_JSON', 'INVALID_REQUEST', 'NOT_A_PICTURE', 'UNAUTHORIZED'),
    FailsV2('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'ALIAS_NOT_FOUND'),
    FailsV2('TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'QUEUE_FULL', 'INFERENCE_FAILED'),
    FailsV2('DEADLINE_EXCEEDED', 'MODEL_TOO_LARGE'),
  );
}
