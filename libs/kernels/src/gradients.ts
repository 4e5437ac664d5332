// tfjs-core's CommonJS bundle registers no gradients, and the module that does (dist/register_all_gradients) is an ES
// module that Node 20 cannot require. tfjs-layers' bundle registers all of them in tfjs-core's global registry.
import '@tensorflow/tfjs-layers';
