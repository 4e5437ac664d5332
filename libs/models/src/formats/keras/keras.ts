import { automlNames } from '../names/automl-names';
import { kerasCvNames } from '../names/keras-cv-names';
import { kerasNames } from '../names/keras-names';
import { openLayers } from '../names/open-layers';
import type { WeightsReader } from '../weights-format';
import { openHdf5 } from './hdf5-file';

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** HDF5 leaves room for something else before itself. */
const places = [0, 512, 1024, 2048];

/** What Keras 2 saves as `.h5`, weights or whole models: of keras.applications, google/automl, keras_cv_attention_models. */
export const keras: WeightsReader = {
  format: 'keras',
  severalFiles: false,
  recognizes: ({ first }) =>
    places.some((place) => first.subarray(place, place + signature.length).equals(signature)),
  open: ([{ path }], { architecture }) =>
    openLayers(
      {
        path,
        format: 'keras',
        formatName: 'Keras',
        tables: [kerasNames, kerasCvNames, automlNames],
        open: () => openHdf5(path),
      },
      architecture,
    ),
};
