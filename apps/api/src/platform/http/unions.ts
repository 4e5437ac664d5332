import { getSchemaPath } from '@nestjs/swagger';
import type { z } from 'zod';

/** What a class made by `createZodDto` is. */
export interface DtoClass<T> {
  new (): T;
  isZodDto: true;
  schema: z.ZodType;
}

/** Shapes that their field `type` tells apart, under a name of their own in the documentation. */
export interface Union<T> {
  name: string;
  /** By `type`. */
  members: Record<string, DtoClass<T>>;
}

/** All unions by name, for the API's description. */
export const unions = new Map<string, Union<unknown>>();

export function unionOf<T>(name: string, members: Record<string, DtoClass<T>>): Union<T> {
  const union = { name, members };
  unions.set(name, union);
  return union;
}

/** As OpenAPI says it. */
export function unionSchema({ members }: Union<unknown>): Record<string, unknown> {
  const mapping = Object.fromEntries(
    Object.entries(members).map(([type, dto]) => [type, getSchemaPath(dto)]),
  );
  return {
    oneOf: Object.values(mapping).map(($ref) => ({ $ref })),
    discriminator: { propertyName: 'type', mapping },
  };
}
