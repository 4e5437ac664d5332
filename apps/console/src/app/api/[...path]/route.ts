import type { NextRequest } from 'next/server';
import { forward } from '@/server/forward';
import { problem } from '@/server/problem';

export const dynamic = 'force-dynamic';

function handle(request: NextRequest) {
  if (!request.nextUrl.pathname.startsWith('/api/v1/')) {
    return problem(404, 'NOT_FOUND', 'The API lives under /api/v1/.');
  }
  return forward(request);
}

export { handle as GET, handle as POST, handle as PUT, handle as PATCH, handle as DELETE };
