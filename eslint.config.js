import { config } from './tooling/config/eslint.js';

export default config(import.meta.dirname);
