import type { NextRequest } from 'next/server';
import { forward } from './forward';

/** Swagger UI has inline styles and loads its scripts by URL, so it needs a different policy from our pages. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function forwardSwagger(request: NextRequest) {
  return forward(request, { 'content-security-policy': policy });
}
