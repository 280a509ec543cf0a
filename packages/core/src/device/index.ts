/** `@sessionflow/core/device`: the contract with a backend. */
export * from './device.js';
export * from './info.js';
export { PendingTicket } from './ticket.js';
export * from '../errors.js';
export * from '../dtypes.js';
export * from '../shape.js';
export { HostTensor } from '../hostTensor.js';
export { inParts, type Stage } from '../stage.js';
export { LazyModule } from '../state/lazyModule.js';
