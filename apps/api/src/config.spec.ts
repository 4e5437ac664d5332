import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config';

const databaseUrl = 'postgresql://user:secret@host/database';

describe('loadConfig', () => {
  it('only the database is required, and empty variables count as not set', () => {
    const config = loadConfig({ DATABASE_URL: databaseUrl, REDIS_URL: '', COATRACK_API_PORT: '' });
    expect(config).toMatchObject({
      databaseUrl,
      redisUrl: undefined,
      adminKey: undefined,
      engine: 'auto',
      host: '127.0.0.1',
      port: 3001,
      dataFolder: resolve('data'),
    });
  });

  it('every problem gets its own line, and no value is printed', () => {
    const environment = {
      REDIS_URL: 'http://secret',
      COATRACK_API_PORT: '1e3',
      COATRACK_ADMIN_KEY: 'short secret',
      COATRACK_TRUSTED_PROXIES: 'loopback, 10.0.0.0/33',
      COATRACK_MAX_IMAGE_BYTES: '0',
      COATRACK_CHECKPOINT_MIRROR: 'ftp://secret',
      HF_ENDPOINT: 'secret',
      HF_TOKEN: 'a secret',
    };
    let message = '';
    try {
      loadConfig(environment);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      message = (error as Error).message;
    }
    expect(message.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'COATRACK_API_PORT',
      'COATRACK_ADMIN_KEY',
      'COATRACK_TRUSTED_PROXIES',
      'COATRACK_MAX_IMAGE_BYTES',
      'COATRACK_CHECKPOINT_MIRROR',
      'HF_ENDPOINT',
      'HF_TOKEN',
    ]);
    expect(message).toContain('DATABASE_URL must be set');
    expect(message).not.toContain('secret');
  });

  it('a variable is still read by its old name, with a warning about the new one', () => {
    const config = loadConfig({ DATABASE_URL: databaseUrl, COATRACK_QUEUE_PICTURES: '12' });
    expect(config.serving.queueLimit).toBe(12);
    expect(config.deprecations).toEqual([
      'COATRACK_QUEUE_PICTURES is deprecated: it is now COATRACK_QUEUE_IMAGES',
    ]);
  });

  it('the new name of a variable takes precedence over the old one', () => {
    const environment = { COATRACK_QUEUE_PICTURES: '12', COATRACK_QUEUE_IMAGES: '20' };
    expect(loadConfig({ DATABASE_URL: databaseUrl, ...environment }).serving.queueLimit).toBe(20);
  });
});
