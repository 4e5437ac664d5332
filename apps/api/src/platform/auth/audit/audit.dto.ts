import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { pageQuery } from '../../lists/page';

const entrySchema = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  key: z
    .object({ id: z.uuid(), name: z.string() })
    .nullable()
    .describe('Name at that time; null if the key was unknown'),
  sessionId: z.int().nullable().describe('Session of a browser; null if the key itself was sent'),
  method: z.string(),
  route: z.string().describe("The route's pattern"),
  resource: z.string().describe('The path, without its query'),
  status: z.int().describe('Status of the answer; 499 if the client disconnected before it'),
  requestId: z.string(),
  address: z.string(),
});

export class AuditQuery extends createZodDto(z.object(pageQuery(z.int().positive()))) {}

export class AuditEntry extends createZodDto(
  entrySchema.meta({
    example: {
      id: 4711,
      at: '2026-01-15T09:30:00.000Z',
      key: { id: '3c0f3d0a-8f55-4b0e-9e0c-5b8d8a1c2f10', name: 'trainer' },
      sessionId: null,
      method: 'DELETE',
      route: '/api/v1/models/:name',
      resource: '/api/v1/models/pets',
      status: 204,
      requestId: '3f0c2b2a-5f0e-4a57-9d5e-0d1c8f1f7d3a',
      address: '127.0.0.1',
    },
  }),
) {}
