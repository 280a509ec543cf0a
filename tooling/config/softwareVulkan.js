// WebGPU on machines without a GPU: Debian's chromium package brings SwiftShader, a Vulkan driver that computes on the CPU.
import { existsSync, readdirSync } from 'node:fs';

const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const chosen = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'];
const folders = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** Environment that points a process to SwiftShader, if it is there and nobody chose or installed another Vulkan driver. */
export function softwareVulkan() {
  const isChosen = chosen.some((name) => process.env[name]) || folders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  return existsSync(driver) && !isChosen ? { VK_ICD_FILENAMES: driver } : {};
}

/** Why tests that need an adapter are skipped: `reason`, printed. Where CI is set a missing adapter is a failure. */
export function skipWithout(reason) {
  if (reason === undefined) return false;
  if (process.env.CI === 'true') throw new Error(`WebGPU tests need an adapter in CI: ${reason}`);
  console.log(`WebGPU tests are skipped: ${reason}`);
  return true;
}
