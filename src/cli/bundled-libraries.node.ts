/** Libraries that go into `dist/program.cjs`: two that every start needs, and one that `require` cannot load. Their licences go with it. */
export const bundledLibraries: readonly string[] = ['commander', 'ipaddr.js', 'zstddec'];
