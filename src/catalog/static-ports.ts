import { compiledStaticPorts } from './compiled.js';
import type { StaticPortRecipe } from './types.js';

/** Services whose RPC port can be pinned, in the order of the table. */
export const staticPortRecipes: readonly StaticPortRecipe[] = compiledStaticPorts;
