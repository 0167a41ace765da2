/** Where in a recording something is. */
import { AirpinError } from "../../../../certs/error.ts"
import type { ErrorCode } from "../../../../certs/error-codes/table.ts"

/** A row of the file. */
export interface CsvRow {
    cells: string[]
    /** its last line in the file, from 1 */
    line: number
}

/** What the owner of a recording says about it; read from the file where absent. */
export interface RecordingOptions {
    /** "time=Zeit,co2=CO2 innen": columns by name or, from 1, by number; "time=Datum+Uhrzeit" joins two */
    columns?: string[]
    /** tokens of luxon's `DateTime.fromFormat`: "dd.MM.yyyy HH:mm" */
    dateFormat?: string
    /** of times without one: an IANA name, "UTC" or "+01:00" */
    zone?: string
    temperatureUnit?: string
}

export function rowError(code: ErrorCode, fileName: string, row: CsvRow, problem: string, next?: string): AirpinError {
    return new AirpinError(code, `${fileName} line ${row.line}: ${problem}`, next)
}

export function optionError(problem: string, next: string): AirpinError {
    return new AirpinError("REPLAY_OPTION_INVALID", problem, next)
}
