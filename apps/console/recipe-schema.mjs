/** Extracts the recipe's ranges, defaults and descriptions from the API's OpenAPI document. */
import { readFileSync, writeFileSync } from 'node:fs';

const from = new URL('../../docs/openapi.json', import.meta.url);
const to = new URL('src/api/recipe-schema.json', import.meta.url);

const { components } = JSON.parse(readFileSync(from, 'utf8'));
const { properties } = components.schemas.CreateFineTune.properties.recipe;
writeFileSync(to, `${JSON.stringify(properties, null, 2)}\n`);
