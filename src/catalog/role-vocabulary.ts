/**
 * The roles that documents and inventories name. `a:b` is role `a` on its network or in its kind `b`, and implies `a`.
 * Synonyms are matched without regard to case, blanks, underscores and hyphens, and so is the id itself.
 */
export interface RoleWord {
  readonly id: string;
  readonly title: string;
  /** Roles that every holder of this one also plays. */
  readonly implies?: readonly string[];
  readonly synonyms?: readonly string[];
}

/** Matches every machine, known or not. */
export const anyone = 'anyone';

export const roleWords: readonly RoleWord[] = [
  { id: anyone, title: 'any machine', synonyms: ['any', 'everyone', 'all', '*'] },

  // Hyper-V and its clusters
  { id: 'hyper-v-host', title: 'Hyper-V host', implies: ['windows-computer'], synonyms: ['hyper-v', 'hyper-v server', 'hyper-v-node', 'virtualization-host', 'vm-host'] },
  { id: 'hyper-v-host:management', title: 'Hyper-V host, management network', implies: ['hyper-v-host'], synonyms: ['management-ip', 'hyper-v-management'] },
  { id: 'hyper-v-host:cluster', title: 'Hyper-V host, cluster network', implies: ['hyper-v-host', 'cluster-node'], synonyms: ['cluster-ip', 'hyper-v-cluster', 'cluster-network'] },
  { id: 'hyper-v-host:live-migration', title: 'Hyper-V host, live migration network', implies: ['hyper-v-host'], synonyms: ['live-migration', 'live-migration-ip', 'migration-network'] },
  { id: 'hyper-v-host:storage', title: 'Hyper-V host, storage network', implies: ['hyper-v-host'], synonyms: ['storage-network', 'hyper-v-storage'] },
  { id: 'hyper-v-host:untrusted', title: 'Hyper-V host in an untrusted domain or perimeter network', implies: ['hyper-v-host'], synonyms: ['perimeter-host', 'untrusted-host'] },
  { id: 'cluster-node', title: 'failover cluster node', implies: ['windows-computer'], synonyms: ['failover-cluster-node', 'cluster-member', 'failover-cluster'] },
  { id: 'cno', title: 'cluster name object', synonyms: ['cluster-name-object', 'cluster-name', 'cluster-access-point'] },
  { id: 'replica-broker', title: 'Hyper-V Replica Broker', synonyms: ['hyper-v-replica-broker'] },
  { id: 'cluster-witness', title: 'cluster witness', synonyms: ['witness', 'file-share-witness'] },
  { id: 'virtual-machine', title: 'virtual machine', synonyms: ['vm', 'guest'] },

  // Remote Desktop Services
  { id: 'rds-broker', title: 'RDS connection broker', synonyms: ['rds connection broker', 'rd-broker', 'rd-connection-broker', 'connection-broker'] },
  { id: 'rds-host', title: 'RDS server other than the broker', synonyms: ['rds-server', 'rd-session-host', 'rds-session-host', 'rds-virtualization-host'] },
  { id: 'rds-gateway', title: 'RDS gateway', implies: ['rds-host'], synonyms: ['rd-gateway', 'remote-desktop-gateway', 'ts-gateway'] },
  { id: 'rds-web', title: 'RDS web access', implies: ['rds-host'], synonyms: ['rd-web', 'rd-web-access', 'rds-web-access'] },
  { id: 'rds-client', title: 'RDS client', synonyms: ['rd-client', 'remote-desktop-client', 'rdp-client'] },
  { id: 'rds-virtual-machine', title: 'RDS virtual machine', implies: ['virtual-machine'], synonyms: ['vdi', 'vdi-vm', 'virtual-desktop', 'rds-vm'] },
  { id: 'rds-virtual-machine:unmanaged-pool', title: 'RDS virtual machine in an unmanaged pool', implies: ['rds-virtual-machine'] },
  { id: 'rds-profile-share', title: 'share of RDS user profile disks', synonyms: ['rds-user-profile-disk', 'user-profile-disk', 'upd-share'] },
  { id: 'rdp-server', title: 'machine reached by Remote Desktop', synonyms: ['remote-desktop-host'] },

  // Virtual Machine Manager
  { id: 'vmm-server', title: 'VMM management server', implies: ['management-server'], synonyms: ['vmm', 'scvmm', 'scvmm-server', 'vmm-management-server'] },
  { id: 'vmm-library', title: 'VMM library server', implies: ['file-server'], synonyms: ['vmm-library-server', 'scvmm-library', 'library-server'] },
  { id: 'vmm-console', title: 'VMM console', implies: ['management-station'], synonyms: ['vmm-administrator-console', 'scvmm-console'] },
  { id: 'vmm-guest-agent', title: 'VMM guest agent', implies: ['virtual-machine'], synonyms: ['guest-agent'] },
  { id: 'vmm-self-service', title: 'VMM self-service portal', synonyms: ['vmm-self-service-portal', 'self-service-portal'] },
  { id: 'p2v-source', title: 'source machine of a physical-to-virtual conversion', implies: ['windows-computer'] },
  { id: 'windows-pe-agent', title: 'Windows PE agent of bare-metal deployment', synonyms: ['winpe', 'windows-pe', 'winpe-agent'] },
  { id: 'pxe-server', title: 'PXE server', synonyms: ['wds', 'wds-server', 'wds-pxe', 'wds-pxe-provider', 'pxe-provider'] },
  { id: 'bmc', title: 'baseboard management controller', synonyms: ['baseboard-management-controller', 'ilo', 'idrac', 'ipmi'] },
  { id: 'esxi-host', title: 'VMware ESXi host', synonyms: ['esx', 'esxi', 'esx-host', 'vmware-host', 'esxi-node', 'esxi-server'] },
  { id: 'vcenter-server', title: 'VMware vCenter server', synonyms: ['vcenter', 'virtualcenter'] },
  { id: 'load-balancer', title: 'load balancer', synonyms: ['nlb', 'slb'] },
  { id: 'smi-s-provider', title: 'SMI-S storage provider', synonyms: ['smi-s', 'storage-provider'] },
  { id: 'storage-management-service', title: 'Windows storage management service' },

  // Infrastructure
  { id: 'management-station', title: 'management station', synonyms: ['admin-workstation', 'management-workstation', 'workstation:admin', 'jump-host', 'admin-station'] },
  { id: 'management-server', title: 'management server', synonyms: ['admin-server'] },
  { id: 'windows-computer', title: 'Windows machine', synonyms: ['windows', 'windows-server', 'windows-host', 'server'] },
  { id: 'domain-controller', title: 'domain controller', implies: ['domain-member'], synonyms: ['dc', 'ad-dc', 'ad-ds', 'active-directory'] },
  { id: 'domain-member', title: 'domain member', implies: ['windows-computer'], synonyms: ['member-server', 'domain-joined'] },
  { id: 'dns-server', title: 'DNS server', synonyms: ['dns', 'name-server'] },
  { id: 'dhcp-server', title: 'DHCP server', synonyms: ['dhcp'] },
  { id: 'time-server', title: 'time server', synonyms: ['ntp', 'ntp-server'] },
  { id: 'wins-server', title: 'WINS server', synonyms: ['wins'] },
  { id: 'file-server', title: 'file server', synonyms: ['smb-server', 'sofs', 'scale-out-file-server', 'file-share', 'nas'] },
  { id: 'nfs-server', title: 'NFS server', synonyms: ['nfs'] },
  { id: 'iscsi-target', title: 'iSCSI target', synonyms: ['iscsi-portal', 'san'] },
  { id: 'iscsi-initiator', title: 'iSCSI initiator', synonyms: ['iscsi-client'] },
  { id: 'isns-server', title: 'iSNS server', synonyms: ['isns'] },
  { id: 'sql-server', title: 'SQL Server', synonyms: ['sql', 'mssql', 'database-server'] },
  { id: 'wsus-server', title: 'WSUS server', synonyms: ['wsus', 'windows-server-update-services', 'update-server'] },
  { id: 'web-browser', title: 'web browser', synonyms: ['browser'] },
  { id: 'web-server', title: 'web server', synonyms: ['iis', 'http-server'] },
  { id: 'certification-authority', title: 'certification authority', synonyms: ['ca', 'ad-cs', 'pki'] },
  { id: 'federation-server', title: 'federation server', synonyms: ['ad-fs'] },
  { id: 'radius-server', title: 'RADIUS server', synonyms: ['nps', 'radius', 'nps-server'] },
  { id: 'radius-client', title: 'network access server', synonyms: ['nas-client', 'network-access-server'] },
  { id: 'kms-host', title: 'key management host', synonyms: ['kms', 'kms-server'] },
  { id: 'print-server', title: 'print server or printer', synonyms: ['printer'] },
  { id: 'vpn-server', title: 'remote access server', synonyms: ['rras', 'remote-access-server'] },
  { id: 'event-collector', title: 'event or log collector', synonyms: ['wef-collector', 'syslog-server', 'siem'] },
  { id: 'monitoring-server', title: 'monitoring server', synonyms: ['snmp-manager', 'nms'] },
  { id: 'admin-center', title: 'Windows Admin Center gateway', synonyms: ['wac', 'windows-admin-center'] },
  { id: 'operations-manager', title: 'Operations Manager server', implies: ['management-server'], synonyms: ['scom', 'scom-server', 'opsmgr'] },
  { id: 'operations-manager-agent', title: 'Operations Manager agent', synonyms: ['scom-agent'] },
  { id: 'operations-manager-console', title: 'Operations Manager console', implies: ['management-station'], synonyms: ['scom-console'] },
  { id: 'dpm-server', title: 'Data Protection Manager server', implies: ['management-server'], synonyms: ['dpm', 'scdpm'] },
  { id: 'dpm-agent', title: 'machine protected by DPM', synonyms: ['dpm-protected'] },
  { id: 'configmgr-server', title: 'Configuration Manager site system', implies: ['management-server'], synonyms: ['sccm', 'configmgr', 'mecm'] },
  { id: 'configmgr-client', title: 'Configuration Manager client', synonyms: ['sccm-client'] },
  { id: 'unix-computer', title: 'UNIX or Linux machine', synonyms: ['linux', 'unix'] },
  { id: 'message-queue', title: 'message queuing server', synonyms: ['msmq'] },
  { id: 'mail-server', title: 'mail server', synonyms: ['exchange', 'smtp-server'] },
  { id: 'router', title: 'router or firewall', synonyms: ['firewall', 'gateway'] },
];
