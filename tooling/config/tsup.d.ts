import type { Options } from 'tsup';

/** Build settings of a package: runs in Node and in a browser alike. */
export declare function library(options: Options): Options;

/** Build settings of a command: runs in Node. */
export declare function program(options: Options): Options;
