import { openExplained } from '../explained';
import { automlNames } from '../names/automl-names';
import { kerasCvNames } from '../names/keras-cv-names';
import { kerasNames } from '../names/keras-names';
import type { UnpackingSpace, WeightsReader } from '../weights-format';
import { edgesOf } from '../file-edges';
import { openHdf5 } from './hdf5-file';
import { isKerasArchive, unpackWeights } from './keras-archive';

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** Possible offsets of the HDF5 signature. */
const places = [0, 512, 1024, 2048];

/**
 * Reads `.h5` files of Keras 2, with weights or whole models, and `.weights.h5` and `.keras` files of Keras 3, of the
 * networks of keras.applications, google/automl and keras_cv_attention_models.
 */
export const keras: WeightsReader = {
  format: 'keras',
  severalFiles: false,
  sharded: false,
  recognizes: ({ first }) =>
    isKerasArchive({ first }) ||
    places.some((place) => first.subarray(place, place + signature.length).equals(signature)),
  open: ([{ path }], space) =>
    openExplained(path, 'Keras', async () => ({
      ...(await openHdf5(await hdf5Of(path, space))),
      format: 'keras',
      tables: [kerasNames, kerasCvNames, automlNames],
    })),
};

async function hdf5Of(path: string, space: UnpackingSpace): Promise<string> {
  return isKerasArchive(await edgesOf(path)) ? unpackWeights(path, space) : path;
}
