import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { pageQuery } from '../../lists/page';
import { line } from '../../http/text';
import { scopes } from '../scopes';

const example = {
  id: '3c0f3d0a-8f55-4b0e-9e0c-5b8d8a1c2f10',
  name: 'shop-frontend',
  scopes: ['predict' as const],
  createdAt: '2026-01-15T09:30:00.000Z',
  expiresAt: '2027-01-15T00:00:00.000Z',
  lastUsedAt: null,
};

const scopeList = z.array(z.enum(scopes));

const keySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: scopeList,
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().describe('Accurate to a minute'),
});

export class ApiKey extends createZodDto(keySchema.meta({ example })) {}

export class CreatedApiKey extends createZodDto(
  keySchema
    .extend({ key: z.string().describe('Shown only once: only its SHA-256 is stored') })
    .meta({ example: { ...example, key: 'ck_…' } }),
) {}

export class NewApiKey extends createZodDto(
  z
    .strictObject({
      name: line(64).describe('Unique; identifies the key in logs, errors and the audit'),
      scopes: scopeList
        .min(1, 'must name at least one scope')
        .refine((list) => new Set(list).size === list.length, 'must name each scope once')
        .describe(
          'predict: predictions. read: everything but keys. train: read and predict, plus changes to datasets, models and ' +
            'jobs. admin: everything, including keys.',
        ),
      expiresAt: z.iso
        .datetime({ offset: true })
        .refine((time) => Date.parse(time) > Date.now(), 'must be in the future')
        .nullish()
        .describe('The key stops working at this time; without it, it works until it is deleted'),
    })
    .meta({ example: { name: 'shop-frontend', scopes: ['predict'] } }),
) {}

export class ApiKeyQuery extends createZodDto(z.object(pageQuery(z.string()))) {}
