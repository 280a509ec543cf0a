/** What of a placement is compared with TensorFlow 2's, which differs from TensorFlow 1's in some texts and orders. */

/** Without what TensorFlow 2 spells in another way (a node in full, the end of a group), what is in no order, and kernels for devices of other `types`. */
export function comparableMessage(message: string, types: readonly string[] = []): string {
  return message
    .replace(/^(Malformed device specification .* in node: ).*/s, '$1')
    .replace(/^(Failed to find function .* in function library: ).*/s, '$1')
    .replace(/a reference or resource connection/, 'a reference connection')
    .replace(/The edge src node is .*$/s, '')
    .replace(/}} with these attrs/, '}}with these attrs')
    .replace(/(?<=with these attrs: \[|Node attrs: ).*$/gm, (attrs) => attrs.split(/, |]/).sort().join())
    .replace(/set experimental\.share_cluster/, 'set share_cluster')
    .replace(' The requested device appears to be a GPU, but CUDA is not enabled.', '')
    .replace(/supported_device_types_=\[CPU, XLA_CPU\]/g, 'supported_device_types_=[CPU]')
    .replace(/possible_devices_=\[(.*)\]\)?$/gm, 'possible_devices_=[$1]')
    .replace(/(?:^\w+: (?:CPU |XLA_CPU |GPU |ODD |TWIN )*\n)+/gm, (lines) => lines.split('\n').sort().join('\n'))
    .replace(/(?<=Registered kernels:\n)(?: {2}(?:device='|<no registered).*\n)*/, (lines) =>
      lines.split('\n').filter((line) => types.some((type) => line.startsWith(`  device='${type}'`))).sort().join('\n'));
}

/** Without the Identities that a session puts around calls: TensorFlow 2 places those beside their inputs. */
export function comparablePlaces(placed: string, graph: { readonly node?: readonly { readonly name?: string }[] }): string {
  const names = new Set(graph.node?.map(({ name }) => name));
  return placed.split(' ').filter((place) => names.has(place.replace(/@.*$/, ''))).join(' ');
}
