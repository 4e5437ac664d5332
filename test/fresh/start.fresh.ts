import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Machine } from './machine';
import { Product } from './product';

const emojiClasses = ['faces', 'flags', 'food', 'nature', 'symbols'];
const machine = new Machine(process.env.COATRACK_FRESH_FOLDER!);

beforeAll(() => machine.install('anna'));

describe.each([
  {
    user: 'anna',
    folder: '/home/anna/coatrack',
    engine: /training runs on WebAssembly/,
    says: [/libtorch was not found: install libtorch-dev/],
    uid: 1000,
  },
  {
    user: 'root',
    folder: '/root/coatrack',
    engine: /training runs on libtorch/,
    says: [
      /Installing libtorch/,
      /torch engine: built against libtorch/,
      /The account nobody cannot access .*: API, worker and console run as it/,
    ],
    uid: 65_534,
  },
])(
  '$user, on a Debian with nothing but Node, in $folder',
  ({ user, folder, engine, says, uid }) => {
    const product = new Product(machine, user, folder);
    const engineIsThere = () => expect.poll(() => product.output).toMatch(engine);

    it('starts by one command', async () => {
      await machine.clone(resolve('.'), folder, user);
      await product.start();
      for (const words of says) expect(product.output).toMatch(words);
      expect(product.output).toMatch(/log in with the key in/);
      await engineIsThere();
      const parts = machine.processes().filter(({ command }) => /dist\/|postgres -D/.test(command));
      expect(parts.map((part) => part.uid)).toEqual(parts.map(() => uid));
      expect(parts.length).toBeGreaterThanOrEqual(3);
    });

    it('fine-tunes on the sample, and the model predicts', async () => {
      await product.fineTune();
      expect(emojiClasses).toContain(await product.predict());
    });

    it('leaves nothing running when npm is told to end', () => product.stop('SIGTERM'));

    it('starts again with what there was, without building anything', async () => {
      await product.start();
      expect(product.output).not.toMatch(/Installing packages|Building what changed/);
      await engineIsThere();
      expect(emojiClasses).toContain(await product.predict());
    });

    it('leaves nothing running when npm is killed', () => product.stop('SIGKILL'));
  },
);
