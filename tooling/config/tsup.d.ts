import type { Options } from 'tsup';

/** Several entries with shared chunks, for Node and browsers alike. */
export declare function chunks(options: Options): Options;

/** A package that pages load too: its entries and chunks in dist/bundled (the condition `node`), and each module in dist (everyone else). */
export declare function library(options: Options): Options[];

/** Build settings of a command: runs in Node. */
export declare function program(options: Options): Options;
