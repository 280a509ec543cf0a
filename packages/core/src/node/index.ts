/** `@sessionflow/core/node`: what only Node can do. */
export { discoverBackends, type DiscoverBackendsOptions } from './discoverBackends.js';
