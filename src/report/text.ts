/**
 * The report for a terminal. The reader is tired: where the capture was taken comes first, because it decides what can be
 * concluded; then what failed, why and what now; then the rest. A line without evidence is left out.
 */
import type { ReportModel } from '../analysis/report-model.js';
import { clock } from './clock-text.js';
import { captureSection } from './text-captures.js';
import { comparisonSection, endsSection, expectationSection, notVisibleSection, operationSection, witnessSection } from './text-diagnosis.js';
import { documentSection } from './text-documents.js';
import { dynamicPortSection, staticPortSection } from './text-dynamic-ports.js';
import { noteSection, problemSection } from './text-problems.js';
import { TextPage, type TextOptions } from './text-page.js';
import { backgroundSection, nextSection, roleSection, undocumentedSection, unexplainedSection, workedSection } from './text-traffic.js';

export type { TextOptions } from './text-page.js';

/** The whole report as one text: its lists are bounded. */
export function renderText(model: ReportModel, options: TextOptions = {}): string {
  const page = new TextPage(options);
  const time = clock(options.timeZone ?? 'utc');
  captureSection(model, page, time);
  expectationSection(model, page);
  operationSection(model, page);
  problemSection(model, page, time);
  endsSection(model, page);
  witnessSection(model, page, time);
  comparisonSection(model, page);
  noteSection(model, page);
  notVisibleSection(model, page);
  undocumentedSection(model, page);
  unexplainedSection(model, page);
  workedSection(model, page);
  dynamicPortSection(model, page);
  staticPortSection(model, page);
  documentSection(model, page);
  backgroundSection(model, page);
  roleSection(model, page);
  nextSection(model, page);
  return page.text();
}
