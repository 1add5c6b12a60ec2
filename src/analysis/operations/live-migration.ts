/** Live migration of a virtual machine, inside a cluster or without one. */
import { dcomStep, namesStep, winrmStep, type Operation } from './operation.js';

const MIGRATION = 'Microsoft Virtual System Migration Service';

export const liveMigration: Operation = {
  id: 'live-migration', title: 'Live migration',
  steps: [
    namesStep,
    winrmStep('The console reaches the source host (WinRM, 2016 and later)', [], true),
    dcomStep('The console reaches the source host (DCOM, 2012 R2 and earlier)', [], true),
    { id: 'cluster-api', title: 'The move is started through the cluster (clusapi)', patterns: [{ interfaces: ['b97db8b2'] }, { ticket: { services: ['MSServerClusterMgmtAPI', 'MSServerCluster'] } }], needs: [], optional: true, absent: 'it was started at a host, not through Failover Cluster Manager or VMM', failing: 'the cluster service, TCP 135 and the dynamic range of the nodes' },
    {
      id: 'ticket', title: 'The source gets a Kerberos ticket for the migration service of the destination', patterns: [{ ticket: { services: [MIGRATION] } }], needs: [], optional: true,
      absent: 'with CredSSP the user\'s own ticket serves; inside a cluster the cluster\'s identity does; a cached ticket shows nothing',
      failing: `delegation: the source must be trusted for "${MIGRATION}" and for cifs of the destination, with any authentication protocol (KDC_ERR_BADOPTION: it is not; KDC_ERR_S_PRINCIPAL_UNKNOWN: nobody owns the name)`,
    },
    { id: 'migration', title: 'The source connects to the destination on TCP 6600', patterns: [{ connection: { transport: 'tcp', ports: [6600], protocols: ['live-migration'] } }], needs: ['ticket', 'names'], optional: false, absent: 'the two hosts talk on a network that this capture does not see, or the move failed before', failing: 'the rule for TCP 6600 on the destination, and the networks that it listens on (Get-VMMigrationNetwork)' },
    { id: 'storage', title: 'Storage or memory goes by SMB (TCP 445)', patterns: [{ connection: { transport: 'tcp', ports: [445], protocols: ['smb'] } }, { ticket: { services: ['cifs'] } }], needs: [], optional: true, absent: 'memory goes over 6600 (TCP/IP or compression), and the disks are where both hosts reach them', failing: 'TCP 445 between the hosts, delegation for cifs, rights of the computer account on the share' },
    { id: 'rdma', title: 'Memory goes by SMB Direct (RDMA)', patterns: [{ hidden: 'rdma' }, { connection: { transport: 'tcp', ports: [5445], protocols: ['smb-direct'] } }], needs: [], optional: true, absent: 'no server here offers RDMA', failing: 'nothing of it passes the network stack: look at Get-SmbMultichannelConnection and the counters of the cards' },
    { id: 'heartbeat', title: 'Cluster nodes hear each other (UDP 3343)', patterns: [{ connection: { transport: 'udp', ports: [3343] } }], needs: [], optional: true, absent: 'no cluster, or another network', failing: 'UDP 3343 both ways on all cluster networks' },
  ],
  note: 'What the destination refuses inside TCP 6600 (rights, processor, switch name, version) is in its event log only.',
};
