/** A list of devices as it was written, before anything in it is checked. */

/** Where something stands in the list. */
export interface Place {
    line: number
    /** of the first character of the cell or entry, from 1; undefined where the format does not tell */
    character?: number
}

/** A cell of a spreadsheet, or a field of a YAML entry. */
export interface Cell extends Place {
    /** as the list writes it: "interval" */
    column: string
    text: string
}

/** One device of the list. */
export interface Entry extends Place {
    cells: Cell[]
}
