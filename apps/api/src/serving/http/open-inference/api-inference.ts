import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { answerSchemas, failures } from '../../../platform/http/answers';
import { ApiTerms } from '../predict/request-terms';
import { jsonLengthHeader } from './tensors/binary-data';
import { V2InferenceRequest, V2InferenceResponse } from './tensors/inference.dto';
import type { ErrorCode } from '../../../platform/errors/error-codes';
import { protocolStatusOf } from '../../../platform/http/problem';
import { V2Error } from './v2.dto';

answerSchemas.set(V2InferenceResponse.name, V2InferenceResponse.schema);

const withBinary = { schema: { type: 'string', format: 'binary' } } as const;

const contentOf = (dto: typeof V2InferenceRequest | typeof V2InferenceResponse) => ({
  'application/json': { schema: { $ref: getSchemaPath(dto) } },
  'application/octet-stream': withBinary,
});

/** Documents an inference route's request and response: JSON alone, or JSON followed by binary data. */
export function ApiInference(operation: {
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
    ApiTerms(),
    ApiResponse({
      status: 200,
      description: 'The outputs, as binary data after the JSON if requested',
      content: contentOf(V2InferenceResponse),
      headers: {
        [jsonLengthHeader]: {
          description: 'Bytes of the JSON, where binary data follows it',
          schema: { type: 'integer' },
        },
      },
    }),
    ApiFailuresV2('INVALID_JSON', 'INVALID_REQUEST', 'NOT_AN_IMAGE', 'UNAUTHORIZED'),
    ApiFailuresV2('MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'ALIAS_NOT_FOUND'),
    ApiFailuresV2('TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'QUEUE_FULL', 'INFERENCE_FAILED'),
    ApiFailuresV2('DEADLINE_EXCEEDED', 'MODEL_TOO_LARGE'),
  );
}

/** Documents the route's errors, by code, in the protocol's format. */
export function ApiFailuresV2(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return failures(codes, protocolStatusOf, V2Error);
}
