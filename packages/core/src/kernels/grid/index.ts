/** The kernel library over grid programs. */
export { gridTable, type GridKernel, type GridTableOptions } from './table.js';
export { programOf, spread, type GridLaunch, type Render, type Workgroups } from './launch.js';
