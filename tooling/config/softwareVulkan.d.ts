/** Environment that points a process to SwiftShader, if it is there, nobody chose a driver, and the machine has no GPU. */
export declare function softwareVulkan(): Record<string, string>;

/** Whether the machine has a GPU. */
export declare function hasGpu(): boolean;

/** Why tests that need an adapter are skipped: `reason`, printed. Where CI is set a missing adapter is a failure. */
export declare function skipWithout(reason: string | undefined): boolean;
