/** `@sessionflow/example-backend`: the whole public face of a backend is the value that core asks. */
export { abacus } from './backend.js';
