/** Accents, and the letters that are made of a letter and one of them. */

/** How far the pen goes up from the top of the letter. */
export const ACCENT_HEIGHT = 3.4

/** Accents, in units of their own: right and left of the letter's middle, and upwards from its top. */
export const ACCENTS: Record<string, string> = {
    "`": "M-1.4 3.4 L.8 1.2",
    "´": "M1.4 3.4 L-.8 1.2",
    "^": "M-2.2 1 L0 3.2 L2.2 1",
    "~": "M-2.6 1.4 C-1.8 3.2 -.9 2.9 0 2.2 C.9 1.5 1.8 1.2 2.6 3",
    "¨": "D-1.9 2 D1.9 2",
    "°": "O-1.6 .4 1.6 3.4",
}

/** Letter and accent of each composed letter, one word each: composed letter, letter, accent. */
export const COMPOSED = `
    àa\` áa´ âa^ ãa~ äa¨ åa° èe\` ée´ êe^ ëe¨ ìı\` íı´ îı^ ïı¨ ñn~ òo\` óo´ ôo^ õo~ öo¨ ùu\` úu´ ûu^ üu¨ ýy´ ÿy¨
    ÀA\` ÁA´ ÂA^ ÃA~ ÄA¨ ÅA° ÈE\` ÉE´ ÊE^ ËE¨ ÌI\` ÍI´ ÎI^ ÏI¨ ÑN~ ÒO\` ÓO´ ÔO^ ÕO~ ÖO¨ ÙU\` ÚU´ ÛU^ ÜU¨ ÝY´ ŸY¨
`
    .trim()
    .split(/\s+/)
    .map(([composed = "", letter = "", accent = ""]) => ({ composed, letter, accent }))

/** The cedilla hangs from the middle of the letter's foot. */
export const CEDILLA = "M.2 0 L-.1 -1.2 C1.4 -1.2 1.9 -2 1.7 -2.8 C1.5 -3.8 .2 -4.2 -1.2 -3.6"
/** Letters that have one. */
export const WITH_CEDILLA: Record<string, string> = { ç: "c", Ç: "C" }
