import { findArchitecture } from '@coatrack/models';
import { expect } from 'vitest';
import type { Client } from './client';
import { seededSafetensors, tensorsOf } from './weights';

const architecture = 'efficientnetv2_b0';

/**
 * Uploads versions of the model `pets`, whose weights distinguish images; the alias `best` is the first.
 * @param options.seeds seeds of the weights, one per version
 * @returns the preprocessing
 */
export async function uploadPets(
  client: Client,
  options: { labels: string[]; imageSize: number; seeds: number[] },
) {
  const { labels, imageSize, seeds } = options;
  const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize };
  for (const seed of seeds) {
    const { status, body } = await client.upload('/models/pets/versions', {
      weights: seededSafetensors(tensorsOf(architecture, labels.length), seed),
      config: JSON.stringify({ architecture, labels, preprocessing }),
    });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  await client.put('/models/pets/aliases/best', { version: 1 });
  return preprocessing;
}
