/** `tf.audio`: WAV files. */
export { decodeWav, encodeWav } from '../ops/families.js';
