/** Libraries that go into `dist/program.cjs`: two that every start needs, and those that `require` cannot load before Node 20.19. Their licences go with it. */
export const bundledLibraries: readonly string[] = ['commander', 'd3-array', 'internmap', 'ipaddr.js', 'zstddec'];
