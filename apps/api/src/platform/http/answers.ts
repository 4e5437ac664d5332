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

/** What a class made by `createZodDto` is. */
export interface DtoClass<T> {
  new (): T;
  isZodDto: true;
  schema: z.ZodType;
}

/** Shapes distinguished by their field `type`, with one name in the API's description. */
export interface Union<T> {
  name: string;
  /** Whether it describes what a request may have, or what an answer has. */
  io: 'input' | 'output';
  /** By `type`; filled in before the description is made. */
  members: Record<string, { name: string; schema: z.ZodType }>;
  /** What one is in TypeScript; never set. */
  shape?: T;
}

/** All unions by name, for the API's description. */
export const unions = new Map<string, Union<unknown>>();

export function unionOf<T>(name: string, io: Union<T>['io'] = 'output'): Union<T> {
  const union: Union<T> = { name, io, members: {} };
  unions.set(name, union);
  return union;
}

/** As OpenAPI says it. */
export function unionSchema({ members }: Union<unknown>): Record<string, unknown> {
  const mapping = Object.fromEntries(
    Object.entries(members).map(([type, { name }]) => [type, getSchemaPath(name)]),
  );
  return {
    oneOf: Object.values(mapping).map(($ref) => ({ $ref })),
    discriminator: { propertyName: 'type', mapping },
  };
}

/** The schemas of all answers by name, for the API's description. */
export const answerSchemas = new Map<string, z.ZodType>();

type Answering<T> = <R extends T | Promise<T>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<(...args: never[]) => R>,
) => void;

/** The route's success: its status and schema in the documentation, its type checked here. */
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

/** As `ApiAnswer`, for what is one of several shapes. */
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

/** The route's success is a page of a list: 200. */
export function ApiAnswerPage<T>(dto: DtoClass<T>, description: string): Answering<Page<T>> {
  answerSchemas.set(dto.name, dto.schema);
  return answersPage(dto.name, description);
}

/** As `ApiAnswerPage`, of items that are one of several shapes. */
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
        description: 'For `cursor`, where the list goes on; null at its end',
      },
    },
  };
  // OpenAPI 3.1 knows lists of types; Nest's types don't.
  const options = { status: 200, schema, description } as unknown as ApiResponseOptions;
  return applyDecorators(HttpCode(200), ApiResponse(options));
}

/** The route's body is one of several shapes. */
export function ApiBodyOneOf({ name }: Union<unknown>) {
  return ApiBody({ schema: { $ref: getSchemaPath(name) } });
}

/** The route's success is the lack of an answer: 204. */
export function ApiAnswerNothing() {
  return applyDecorators(HttpCode(204), ApiResponse({ status: 204, description: 'Done' }));
}

/** The route answers with bytes rather than JSON, by `sendBytes`. */
export function ApiAnswerBytes(contentType: string, description: string) {
  const content = { [contentType]: { schema: { type: 'string', format: 'binary' } } } as const;
  return applyDecorators(
    ApiResponse({ status: 200, description, content }),
    ApiResponse({ status: 206, description: 'The range that was asked for', content }),
    ApiResponse({ status: 304, description: 'If-None-Match names what is there' }),
    ApiFailures('RANGE_NOT_SATISFIABLE'),
  );
}

/** The route's errors, by code. */
export function ApiFailures(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return failures(codes, (code) => statusOfCode[code], Problem);
}

/** Documents errors that are answered as `dto`; those that share a status share an entry. */
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
