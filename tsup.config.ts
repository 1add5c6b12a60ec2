import { defineConfig, type Options } from 'tsup';
import { bundledLibraries } from './src/cli/bundled-libraries.node.js';

const common: Options = {
  target: 'node20',
  platform: 'node',
  // `npm run build` empties the folder before: of several bundles none may remove another's files.
  clean: false,
  sourcemap: false,
  dts: false,
  // Names stay as they are: a stack trace in a bug report must be readable. A third of the bytes less saves some 30 ms of each start.
  esbuildOptions(options) {
    options.minifyWhitespace = true;
    options.minifySyntax = true;
  },
};

export default defineConfig([
  { ...common, entry: { index: 'src/index.ts', node: 'src/node.ts' }, format: 'esm', splitting: true },
  { ...common, entry: { cli: 'src/cli/launcher.ts' }, format: 'esm', splitting: false },
  // The thread that reads packets of large files.
  { ...common, entry: { 'packet-worker': 'src/cli/packet-worker.ts' }, format: 'cjs', splitting: false, outExtension: () => ({ js: '.cjs' }) },
  // Scripts, because V8's code cache is made of scripts; libraries that are not in them are required when they are used.
  {
    ...common, entry: { program: 'src/cli/main.ts', packets: 'src/evidence/packet-worker.node.ts' }, format: 'cjs', splitting: false, outExtension: () => ({ js: '.cjs' }), noExternal: [...bundledLibraries],
    esbuildOptions(options, context) {
      common.esbuildOptions?.(options, context);
      // A script that comes out of the cache has no loader for import().
      options.supported = { ...options.supported, 'dynamic-import': false };
    },
  },
]);
