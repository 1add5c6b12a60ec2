/** All operations that `--operation` knows. */
import { clusterJoin } from './cluster-join.js';
import { liveMigration } from './live-migration.js';
import type { Operation } from './operation.js';
import { replica } from './replica.js';
import { serverManager } from './server-manager.js';
import { vmConnect } from './vm-connect.js';
import { vmmAddHost } from './vmm-add-host.js';

export const operations: readonly Operation[] = [liveMigration, replica, serverManager, clusterJoin, vmmAddHost, vmConnect];
