/** Writes src/schema.d.ts, the API's types, from docs/openapi.json. */
import { writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const blob = ts.factory.createTypeReferenceNode('Blob');
const document = new URL('../../docs/openapi.json', import.meta.url);
const types = await openapiTS(document, {
  transform: ({ format }) => (format === 'binary' ? blob : undefined),
});
await writeFile(new URL('src/schema.d.ts', import.meta.url), astToString(types));
