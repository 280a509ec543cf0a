/** Tensor names as people write them: `:0` may be left out. */
export function tensorName(name: string): string {
  return name.includes(':') ? name : `${name}:0`;
}

/** The file of a fetch: its name with `/` and `:` replaced. */
export function fileOf(name: string): string {
  return `${name.replace(/[/:]/g, '_')}.npy`;
}
