/** Rows of documents against captures, each capture judged on its own: what a lab has still to be driven through. */
import type { ReportModel, RowStatus } from './report-model.js';

export interface MatrixCell {
  readonly status: RowStatus;
  readonly reason: string | null;
  readonly conversations: number;
}

export interface MatrixRow {
  /** `document/table/row`. */
  readonly row: string;
  /** The best that any capture says. */
  readonly status: RowStatus;
  /** One per capture, in their order. */
  readonly cells: readonly MatrixCell[];
}

export interface ValidationMatrix {
  readonly captures: readonly string[];
  readonly documents: readonly { readonly id: string; readonly title: string; readonly witnessed: number; readonly rows: readonly MatrixRow[] }[];
}

const ranks: readonly RowStatus[] = ['witnessed', 'witnessed-other-protocol', 'witnessed-reversed', 'failed', 'not-seen', 'not-observable'];

/** Every model was judged against the same documents. The order of captures changes nothing but the order of cells. */
export function validationMatrix(analysed: readonly { readonly capture: string; readonly model: Pick<ReportModel, 'documents'> }[]): ValidationMatrix {
  const [first] = analysed;
  return {
    captures: analysed.map(({ capture }) => capture),
    documents: (first?.model.documents ?? []).map(({ id, title, rows }, document) => {
      const matrixRows = rows.map((row, index): MatrixRow => {
        const cells = analysed.map(({ model }): MatrixCell => {
          const { status, reason, conversations } = model.documents[document]!.rows[index]!;
          return { status, reason, conversations };
        });
        return { row: row.id, status: ranks.find((status) => cells.some((cell) => cell.status === status))!, cells };
      });
      return { id, title, witnessed: matrixRows.filter(({ status }) => status === 'witnessed').length, rows: matrixRows };
    }),
  };
}
