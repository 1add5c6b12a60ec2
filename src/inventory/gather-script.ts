/**
 * The read-only PowerShell script that settles roles, listeners and rules of one machine. Every command only reads, is asked for
 * before it is used, and a failing one leaves its list empty and says so in `failed`.
 */
export const gatheredSchema = 'portwitness.gathered/1';

export const gatherScript = `# portwitness: what this machine is. Reads only, changes nothing, sends nothing.
# Run it in an elevated PowerShell on each machine:
#   powershell -NoProfile -ExecutionPolicy Bypass -File gather.ps1 | Out-File -Encoding utf8 HV01.json
# and hand it over with --inventory HV01.json. The file names addresses, ports, services and firewall rules of the machine.
$failed = New-Object System.Collections.ArrayList
function Read-Part([string]$Name, [string]$Command, [scriptblock]$Body) {
  if (-not (Get-Command $Command -ErrorAction SilentlyContinue)) { return @() }
  try { @(& $Body) } catch { [void]$failed.Add("\${Name}: $($_.Exception.Message)"); @() }
}
$system = Read-Part 'system' 'Get-CimInstance' { Get-CimInstance Win32_ComputerSystem -ErrorAction Stop | Select-Object DNSHostName, Domain, PartOfDomain, @{ n = 'DomainRole'; e = { [int]$_.DomainRole } } }
$addresses = Read-Part 'addresses' 'Get-NetIPAddress' { Get-NetIPAddress -ErrorAction Stop | Select-Object IPAddress, @{ n = 'PrefixLength'; e = { [int]$_.PrefixLength } }, InterfaceAlias }
$services = Read-Part 'services' 'Get-Service' { Get-Service -Name vmms, ClusSvc, NTDS, DNS, DHCPServer, SCVMMService, MSSQLSERVER, WsusService, Tssdis, TSGateway, WinTarget, WDSServer -ErrorAction SilentlyContinue | Where-Object { $_.Status -eq 'Running' } | ForEach-Object { $_.Name } }
$clusterNetworks = Read-Part 'clusterNetworks' 'Get-ClusterNetworkInterface' { Get-ClusterNetworkInterface -ErrorAction Stop | ForEach-Object { [pscustomobject]@{ Node = "$($_.Node)"; Network = "$($_.Network)"; Address = "$($_.Address)"; Role = "$((Get-ClusterNetwork -Name "$($_.Network)").Role)" } } }
$clusterNames = Read-Part 'clusterNames' 'Get-ClusterResource' { Get-ClusterResource -ErrorAction Stop | Where-Object { "$($_.ResourceType)" -like 'IP*Address' -and "$($_.OwnerGroup)" -eq 'Cluster Group' } | ForEach-Object { [pscustomobject]@{ Name = "$((Get-Cluster).Name)"; Address = "$(($_ | Get-ClusterParameter -Name Address).Value)" } } }
$migrationNetworks = Read-Part 'migrationNetworks' 'Get-VMMigrationNetwork' { Get-VMMigrationNetwork -ErrorAction Stop | ForEach-Object { "$($_.Subnet)" } }
$listeners = Read-Part 'listeners' 'Get-NetTCPConnection' { Get-NetTCPConnection -State Listen -ErrorAction Stop | Select-Object LocalAddress, @{ n = 'LocalPort'; e = { [int]$_.LocalPort } }, @{ n = 'Process'; e = { (Get-Process -Id $_.OwningProcess -ErrorAction SilentlyContinue).ProcessName } } }
$rules = Read-Part 'rules' 'Get-NetFirewallRule' {
  $ports = @{}; Get-NetFirewallPortFilter -PolicyStore ActiveStore -ErrorAction Stop | ForEach-Object { $ports[$_.InstanceID] = $_ }
  $ends = @{}; Get-NetFirewallAddressFilter -PolicyStore ActiveStore -ErrorAction Stop | ForEach-Object { $ends[$_.InstanceID] = $_ }
  $programs = @{}; Get-NetFirewallApplicationFilter -PolicyStore ActiveStore -ErrorAction Stop | ForEach-Object { $programs[$_.InstanceID] = $_ }
  Get-NetFirewallRule -PolicyStore ActiveStore -Enabled True -ErrorAction Stop | ForEach-Object { [pscustomobject]@{
    Name = $_.Name; Direction = "$($_.Direction)"; Action = "$($_.Action)"; Profile = "$($_.Profile)"
    Protocol = "$($ports[$_.InstanceID].Protocol)"; LocalPort = @($ports[$_.InstanceID].LocalPort | ForEach-Object { "$_" }); RemotePort = @($ports[$_.InstanceID].RemotePort | ForEach-Object { "$_" })
    RemoteAddress = @($ends[$_.InstanceID].RemoteAddress | ForEach-Object { "$_" }); Program = "$($programs[$_.InstanceID].Program)" } }
}
[pscustomobject]@{
  schema = '${gatheredSchema}'; name = $env:COMPUTERNAME; system = @($system); addresses = @($addresses); services = @($services)
  clusterNetworks = @($clusterNetworks); clusterNames = @($clusterNames); migrationNetworks = @($migrationNetworks)
  listeners = @($listeners); rules = @($rules); failed = @($failed)
} | ConvertTo-Json -Depth 5
`;
