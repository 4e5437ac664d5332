import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiResponse,
  type ApiResponseOptions,
  getSchemaPath,
} from '@nestjs/swagger';
import type { z } from 'zod';
import { type ErrorCode, statusOfCode } from '../errors/error-codes';
import { Problem } from './problem';
import type { Page } from '../lists/page';

/** The type of classes made by `createZodDto`. */
export interface DtoClass<T> {
  new (): T;
  isZodDto: true;
  schema: z.ZodType;
}

/** A union distinguished by the field `type`, with a name in the OpenAPI document. */
export interface Union<T> {
  name: string;
  /** Whether it describes request bodies or answers. */
  io: 'input' | 'output';
  /** By `type`; filled in before the document is created. */
  members: Record<string, { name: string; schema: z.ZodType }>;
  /** Carries the TypeScript type; never set. */
  shape?: T;
}

/** All unions by name, for the OpenAPI document. */
export const unions = new Map<string, Union<unknown>>();

export function unionOf<T>(name: string, io: Union<T>['io'] = 'output'): Union<T> {
  const union: Union<T> = { name, io, members: {} };
  unions.set(name, union);
  return union;
}

/** Returns the union's schema in OpenAPI's notation. */
export function unionSchema({ members }: Union<unknown>): Record<string, unknown> {
  const mapping = Object.fromEntries(
    Object.entries(members).map(([type, { name }]) => [type, getSchemaPath(name)]),
  );
  return {
    oneOf: Object.values(mapping).map(($ref) => ({ $ref })),
    discriminator: { propertyName: 'type', mapping },
  };
}

/** The schemas of all answers by name, for the OpenAPI document. */
export const answerSchemas = new Map<string, z.ZodType>();

type Answering<T> = <R extends T | Promise<T>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<(...args: never[]) => R>,
) => void;

/** Documents the route's success with its status and schema, and checks the handler's return type. */
export function ApiAnswer<T>(status: number, dto: DtoClass<T>, description: string): Answering<T>;
export function ApiAnswer<T>(
  status: number,
  dto: [DtoClass<T>],
  description: string,
): Answering<T[]>;
export function ApiAnswer<T>(
  status: number,
  dto: DtoClass<T> | [DtoClass<T>],
  description: string,
) {
  const { name, schema } = Array.isArray(dto) ? dto[0] : dto;
  answerSchemas.set(name, schema);
  return applyDecorators(HttpCode(status), ApiResponse({ status, type: dto, description }));
}

/** Like `ApiAnswer`, for a union. */
export function ApiAnswerOneOf<T>(
  status: number,
  union: Union<T>,
  description: string,
): Answering<T>;
export function ApiAnswerOneOf<T>(
  status: number,
  union: [Union<T>],
  description: string,
): Answering<T[]>;
export function ApiAnswerOneOf<T>(
  status: number,
  union: Union<T> | [Union<T>],
  description: string,
) {
  const { name } = Array.isArray(union) ? union[0] : union;
  const reference = { $ref: getSchemaPath(name) };
  const schema = Array.isArray(union) ? { type: 'array', items: reference } : reference;
  return applyDecorators(HttpCode(status), ApiResponse({ status, schema, description }));
}

/** Documents a page of a list (200). */
export function ApiAnswerPage<T>(dto: DtoClass<T>, description: string): Answering<Page<T>> {
  answerSchemas.set(dto.name, dto.schema);
  return answersPage(dto.name, description);
}

/** Like `ApiAnswerPage`, for items of a union. */
export function ApiAnswerPageOfOneOf<T>(
  { name }: Union<T>,
  description: string,
): Answering<Page<T>> {
  return answersPage(name, description);
}

function answersPage(name: string, description: string) {
  const schema = {
    type: 'object',
    required: ['items', 'next'],
    properties: {
      items: { type: 'array', items: { $ref: getSchemaPath(name) } },
      next: {
        type: ['string', 'null'],
        description: 'Pass it as `cursor` to get the next page; null on the last page',
      },
    },
  };
  // OpenAPI 3.1 allows lists of types; Nest's types don't.
  const options = { status: 200, schema, description } as unknown as ApiResponseOptions;
  return applyDecorators(HttpCode(200), ApiResponse(options));
}

/** Documents a request body that is a union. */
export function ApiBodyOneOf({ name }: Union<unknown>) {
  return ApiBody({ schema: { $ref: getSchemaPath(name) } });
}

/** Documents an empty answer (204). */
export function ApiAnswerNothing() {
  return applyDecorators(HttpCode(204), ApiResponse({ status: 204, description: 'Done' }));
}

/** Documents an answer of bytes, sent by `sendBytes`. */
export function ApiAnswerBytes(contentType: string, description: string) {
  const content = { [contentType]: { schema: { type: 'string', format: 'binary' } } } as const;
  return applyDecorators(
    ApiResponse({ status: 200, description, content }),
    ApiResponse({ status: 206, description: 'The requested range', content }),
    ApiResponse({ status: 304, description: 'If-None-Match matches the current ETag' }),
    ApiFailures('RANGE_NOT_SATISFIABLE'),
  );
}

/** Documents the route's errors, by code. */
export function ApiFailures(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return failures(codes, (code) => statusOfCode[code], Problem);
}

/** Documents errors whose body is `dto`; those that share a status share an entry. */
export function failures(
  codes: readonly ErrorCode[],
  statusOf: (code: ErrorCode) => number,
  dto: DtoClass<unknown>,
): MethodDecorator & ClassDecorator {
  const responses = [...new Set(codes.map(statusOf))].map((status) =>
    ApiResponse({
      status,
      description: codes.filter((code) => statusOf(code) === status).join(', '),
      schema: { $ref: getSchemaPath(dto) },
    }),
  );
  return applyDecorators(ApiExtraModels(dto), ...responses);
}
