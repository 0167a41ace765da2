/** SQL that brings the tables of versions 1 to 4 to those of version 5. */

/** Version 3 added the last reported status, restart counts and desired settings. Lists and objects are JSON. */
const stateTables = `
CREATE TABLE statuses (
    device INTEGER PRIMARY KEY REFERENCES devices (key),
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    unread TEXT NOT NULL
) STRICT;
CREATE TABLE starts (
    device INTEGER NOT NULL REFERENCES devices (key),
    restartReason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (device, restartReason)
) STRICT, WITHOUT ROWID;
CREATE TABLE settings (
    device INTEGER PRIMARY KEY REFERENCES devices (key),
    revision INTEGER NOT NULL,
    setAt INTEGER NOT NULL,
    desired TEXT NOT NULL,
    appliedRevision INTEGER,
    appliedAt INTEGER,
    refused TEXT
) STRICT;
`

/** Version 2 added why readings were lost. */
const addLosses = ["rejected", "undated", "damaged", "gap", "timeUncertaintyS"]
    .map(name => `ALTER TABLE boots ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0;`)
    .join("\n")

/** Version 4 renamed columns of version 2. */
const renameLosses = `
ALTER TABLE boots RENAME COLUMN timeless TO undated;
ALTER TABLE boots RENAME COLUMN within TO timeUncertaintyS;
`

/** Keys of a status in version 3, and their names since version 4; "unfit" belongs to each sensor. */
const renamedStatusKeys = {
    up: "uptimeS",
    why: "restartReason",
    refused: "handshakeFailures",
    refusedAge: "handshakeFailureAgeS",
    trouble: "lastError",
    unfit: "selfTestFailed",
}

/** Version 4 renamed columns of version 3, and keys of its JSON. */
const renameStates = `
ALTER TABLE starts RENAME COLUMN why TO restartReason;
ALTER TABLE settings RENAME COLUMN wanted TO desired;
ALTER TABLE settings RENAME COLUMN takenRevision TO appliedRevision;
ALTER TABLE settings RENAME COLUMN takenAt TO appliedAt;
${Object.entries(renamedStatusKeys)
    .map(([before, after]) => `UPDATE statuses SET status = replace(status, '"${before}":', '"${after}":');`)
    .join("\n")}
`

/** Version 5 added the server's time when it last stored a batch, and `hours`, which version 6 computes anew. */
const clockTable = "CREATE TABLE clock (storedAt INTEGER NOT NULL) STRICT;"

/** SQL that brings the tables of a version to version 5, by version. */
export const upgradesTo5: Record<number, string> = {
    1: addLosses + stateTables + clockTable,
    2: renameLosses + stateTables + clockTable,
    3: renameLosses + renameStates + clockTable,
    4: clockTable,
    5: "",
}
