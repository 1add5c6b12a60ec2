/** What the keeper has of each live flow: words, by the number of its record. Zeros: nothing. */
export const KEPT_WORDS = 4;

export const enum K {
  /** Slot of the assembler while the flow is under inspection. */
  assembler = 0,
  /** Slot of the rarely needed rest (`FlowAnnex`), plus one. */
  annex = 1,
  /** Number of what is spoken, by the inspector; 0: nothing is known, or it stands in the annex. */
  application = 2,
  /** The side that is the server, as its payload told, plus one. */
  server = 3,
}
