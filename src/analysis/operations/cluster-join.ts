/** Creating a failover cluster, validating it, adding a node. */
import { dcomStep, namesStep, type Operation } from './operation.js';

export const clusterJoin: Operation = {
  id: 'cluster-join', title: 'Creating a cluster or adding a node',
  steps: [
    namesStep,
    { id: 'smb', title: 'The console reaches each node by SMB (ADMIN$, winreg, svcctl)', patterns: [{ connection: { transport: 'tcp', ports: [445], protocols: ['smb'] } }, { interfaces: ['338cd001', '367abb81'] }], needs: ['names'], optional: false, absent: 'it ran on one of the nodes itself', failing: 'TCP 445; the Server and Remote Registry services ("unable to determine administrator privileges")' },
    dcomStep('The console reaches each node by DCOM (135 and a dynamic port)', ['names'], false),
    { id: 'setup', title: 'Cluster set-up interfaces (MS-CSVP, clusapi)', patterns: [{ interfaces: ['491260b5', '2931c32c', 'f1d6c29c', '12108a88', '85923ca7', 'b97db8b2'] }], needs: ['dcom'], optional: true, absent: 'under packet privacy their names cannot be read', failing: 'the Failover Clusters rules, the dynamic range' },
    { id: 'kerberos', title: 'The node gets tickets and sets the password of the cluster name (Kerberos, kpasswd)', patterns: [{ ticket: { services: ['*'] } }, { connection: { transport: 'tcp', ports: [464], protocols: ['kpasswd'] } }, { connection: { transport: 'udp', ports: [464] } }], needs: ['names'], optional: true, absent: 'another node or the console talks to the domain controller', failing: 'clock, account, rights to create computer objects, TCP and UDP 464' },
    { id: 'ldap', title: 'The cluster name object is created (LDAP)', patterns: [{ connection: { transport: 'tcp', ports: [389, 636, 3268], protocols: ['ldap'] } }], needs: ['names'], optional: true, absent: 'another node or the console talks to the domain controller', failing: 'rights in the organisational unit; a prestaged object that is not disabled' },
    { id: 'join', title: 'The nodes join on TCP 3343', patterns: [{ connection: { transport: 'tcp', ports: [3343] } }], needs: ['names', 'dcom'], optional: false, absent: 'the nodes talk on a network that this capture does not see', failing: 'TCP 3343 between the nodes; TLS 1.3 switched on at one of them; a device between sites that inspects it' },
    { id: 'heartbeat', title: 'Heartbeats pass both ways (UDP 3343)', patterns: [{ connection: { transport: 'udp', ports: [3343] } }], needs: [], optional: false, absent: 'the nodes talk on a network that this capture does not see', failing: 'UDP 3343 both ways on all cluster networks: a join fails without it (event 1572)' },
  ],
  note: 'Rights in the directory are refused inside sealed LDAP: the cluster log tells them, the wire does not.',
};
