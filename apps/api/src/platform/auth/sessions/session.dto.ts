import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { pageQuery } from '../../lists/page';
import { scopes } from '../scopes';

const keyReference = z.object({ id: z.uuid(), name: z.string() });

const exampleKey = { id: '3c0f3d0a-8f55-4b0e-9e0c-5b8d8a1c2f10', name: 'admin' };

const sessionSchema = z.object({
  id: z.int(),
  key: keyReference.describe('The key that it was opened with'),
  userAgent: z.string(),
  address: z.string().describe('Address that it was opened from'),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().describe('Accurate to a minute'),
  expiresAt: z.iso.datetime().describe('Moves with each use'),
  current: z.boolean().describe('Whether it is the session of this request'),
});

export class SessionQuery extends createZodDto(z.object(pageQuery(z.int().positive()))) {}

export class Session extends createZodDto(
  sessionSchema.meta({
    example: {
      id: 12,
      key: exampleKey,
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) …',
      address: '127.0.0.1',
      createdAt: '2026-01-15T09:30:00.000Z',
      lastUsedAt: '2026-01-16T11:02:00.000Z',
      expiresAt: '2026-01-30T11:02:00.000Z',
      current: true,
    },
  }),
) {}

export class NewSession extends createZodDto(
  z
    .object({
      id: z.int(),
      token: z.string().describe('For the cookie; as a Bearer token it may only read'),
      proof: z
        .string()
        .describe('For the header X-Coatrack-Proof, without which the token may not make changes'),
      expiresAt: z.iso.datetime(),
    })
    .meta({
      example: { id: 12, token: 'cs_…', proof: 'cp_…', expiresAt: '2026-01-29T09:30:00.000Z' },
    }),
) {}

export class LoginLink extends createZodDto(
  z
    .object({
      token: z.string().describe('Opens sessions for the key of this request, until it expires'),
      expiresAt: z.iso.datetime(),
    })
    .meta({ example: { token: 'cl_…', expiresAt: '2026-01-16T09:30:00.000Z' } }),
) {}

export class Me extends createZodDto(
  z
    .object({
      key: keyReference.extend({ scopes: z.array(z.enum(scopes)) }),
      sessionId: z
        .int()
        .nullable()
        .describe('Session of a browser; null if the key itself was sent'),
    })
    .meta({ example: { key: { ...exampleKey, scopes: ['admin'] }, sessionId: 12 } }),
) {}
