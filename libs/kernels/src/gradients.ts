// tfjs-core's CommonJS bundle registers no gradients, and the module that does (dist/register_all_gradients) is
// an ES module that Node 20 can't require. tfjs-layers' bundle registers them all in tfjs-core's global registry.
import '@tensorflow/tfjs-layers';
