import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/error-codes';
import { protocolStatusOf } from '../errors/error-form';
import { V2Error } from './v2.dto';

/** The route's errors in the protocol's form; those that share a status share an entry in the documentation. */
export function FailsV2(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(codes.map(protocolStatusOf))];
  const responses = statuses.map((status) =>
    ApiResponse({
      status,
      description: codes.filter((code) => protocolStatusOf(code) === status).join(', '),
      schema: { $ref: getSchemaPath(V2Error) },
    }),
  );
  return applyDecorators(ApiExtraModels(V2Error), ...responses);
}
