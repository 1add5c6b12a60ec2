/** What a capture says of each document: its rows, its errata, and the rows that it lacks. */
import type { CatalogDocument } from '../catalog/types.js';
import type { ErratumWatch } from './erratum-watch.js';
import { HostRoles } from './host-roles.js';
import { missingReports } from './missing-rows.js';
import type { DocumentReport, HostReport } from './report-model.js';
import { documentReports, type Observed } from './row-status.js';
import type { Classified } from './traffic-findings.js';

/** `undocumented`: conversations that worked and that no judged document explains, as far as they are kept. */
export function validate(judged: readonly CatalogDocument[], observed: Observed, errata: ErratumWatch, undocumented: readonly Classified[], hosts: readonly HostReport[]): DocumentReport[] {
  const roles = new HostRoles(hosts);
  return documentReports(judged, observed).map((report, index) => ({
    ...report, errata: errata.reports(report.id, report.rows), missing: missingReports(judged[index]!, undocumented, roles),
  }));
}
