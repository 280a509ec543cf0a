/** The Chromium of this machine: CHROMIUM_PATH, else where Linux and macOS put one; and its own software GPU. */
import { existsSync } from 'node:fs';

const places = [
  '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM_PATH'];
  return given !== undefined && given !== '' ? given : places.find((place) => existsSync(place));
}

/** Flags for Chromium's own software adapter, where there is no GPU. */
export const softwareGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--use-angle=swiftshader'] as const;
