/** Numbers that the WebGPU specification fixes: outside browsers nothing defines them globally. */
export const bufferUsage = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80, queryResolve: 0x200 } as const;
export const mapMode = { read: 0x1 } as const;
export const shaderStage = { compute: 0x4 } as const;
