import type { Bulk, JobDefinitions } from './job-definition';

/** Returns SQL that reads a JSON column of `jobs` without the parts that the definitions declare as bulk. */
export function lightColumn(
  { all }: JobDefinitions,
  column: 'request' | 'status' | 'result',
): string {
  const cases = all.flatMap(({ type, bulk }) => {
    const bulky = bulk?.[column];
    return bulky ? `WHEN '${type}' THEN (${without(`job.${column}::jsonb`, bulky)})::json` : [];
  });
  if (cases.length === 0) return `job.${column}`;
  return `CASE job.type ${cases.join(' ')} ELSE job.${column} END`;
}

function without(json: string, { omit = [], last }: Bulk): string {
  const rest = omit.length > 0 ? `${json} - '{${omit.join(',')}}'::text[]` : json;
  if (last === undefined) return rest;
  return `jsonb_set(${rest}, '{${last}}', jsonb_path_query_array(${json}, '$.${last}[last]'))`;
}
