import { afterEach, describe, expect, it, vi } from 'vitest';
import { availableEngines, selectEngine } from './select-engine';
import { threadCount, torchDeviceSet, WrongSettingError } from './settings';
import { setThreadDefaults } from './thread-settings';

afterEach(() => void vi.unstubAllEnvs());

describe('COATRACK_THREADS', () => {
  it.each(['abc', '', '0', '-1', '1.5', '1e3', '1025', ' 2'])('is refused as %j', async (text) => {
    vi.stubEnv('COATRACK_THREADS', text);
    const message = `COATRACK_THREADS must be a whole number from 1 to 1024, not '${text}'`;
    for (const engine of ['torch', 'tensorflow', 'wasm', 'auto'] as const) {
      await expect(selectEngine(engine)).rejects.toThrow(new WrongSettingError(message));
    }
    await expect(availableEngines()).rejects.toThrow(WrongSettingError);
    expect(setThreadDefaults).toThrow(WrongSettingError);
  });

  it('sets the number of threads; the default is one per processor', () => {
    vi.stubEnv('COATRACK_THREADS', '3');
    expect(threadCount(2)).toBe(3);
    vi.stubEnv('COATRACK_THREADS', undefined);
    expect(threadCount(1)).toBe(1);
  });
});

describe('COATRACK_TORCH_DEVICE', () => {
  it('is cpu or cuda', async () => {
    vi.stubEnv('COATRACK_TORCH_DEVICE', 'gpu');
    const message = "COATRACK_TORCH_DEVICE must be cpu or cuda, not 'gpu'";
    await expect(selectEngine('wasm')).rejects.toThrow(new WrongSettingError(message));
    vi.stubEnv('COATRACK_TORCH_DEVICE', 'cuda');
    expect(torchDeviceSet()).toBe('cuda');
  });
});
