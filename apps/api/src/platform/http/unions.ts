import { getSchemaPath } from '@nestjs/swagger';
import type { z } from 'zod';

/** What a class made by `createZodDto` is. */
export interface DtoClass<T> {
  new (): T;
  isZodDto: true;
  schema: z.ZodType;
}

/** Shapes that their field `type` tells apart, under a name of their own in the API's description. */
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
