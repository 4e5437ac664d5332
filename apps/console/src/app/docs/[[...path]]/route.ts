export const dynamic = 'force-dynamic';

export { forwardSwagger as GET } from '@/server/swagger';
