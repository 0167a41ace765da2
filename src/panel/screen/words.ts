/**
 * Everything the screen says, in English and German. A line break in a text is one on the screen: it breaks none
 * by itself. `test/src/panel/words.test.ts` measures that each text fits.
 *
 * Texts of one kind are one string, because a string takes no bytecode and a `switch` does.
 */
let german = false

export function setLanguage(language: string) {
    german = language === "de"
}

export function say(en: string, de: string): string {
    return german ? de : en
}

/** One of several texts, which "|" separates. */
export function sayOne(index: number, en: string, de: string): string {
    return say(en, de).split("|")[index]
}

/** "22.4" in the language's notation, from tenths. */
export function tenthsText(tenths: number): string {
    const size = Math.abs(tenths)
    const whole = Math.floor(size / 10)
    return `${tenths < 0 ? "−" : ""}${whole}${say(".", ",")}${size - 10 * whole}`
}

/** Beside the number, if it is an estimate. */
export function estimateMark(): string {
    return say("est.", "ca.")
}

/** What stands below the number. @param level 0 good, 1 fair, 2 poor */
export function levelWord(level: number): string {
    return sayOne(level, "Good air|Air the room soon|Open a window", "Gute Luft|Bald lüften|Fenster öffnen")
}

/** The pictures of the first minutes; those with odd numbers are problems. */
export enum Picture {
    starting,
    noSettings,
    joining,
    noWifi,
    connecting,
    refused,
    warming,
    noSensor,
}

export function pictureTitle(picture: number): string {
    return sayOne(
        picture,
        "Starting|No server yet|Joining Wi-Fi|No Wi-Fi|Connecting|Certificate refused|Sensor warms up|No CO₂ sensor",
        "Startet|Noch kein Server|Suche das WLAN|Kein WLAN|Verbinde|Zertifikat abgelehnt|Sensor läuft warm|Kein CO₂-Sensor",
    )
}

/** What to do, at most three lines. @param detail server, anchor, seconds or port, by the picture */
export function pictureText(picture: number, detail: string): string {
    const text = sayOne(
        picture,
        "|API_URL or API_TOKEN is missing.\nWrite them into .env.local, then\nairpin image and airpin flash.|This takes a few seconds.|Check its name and password.\nIt must be a 2.4 GHz network.\nHidden networks are never joined.|$|Trusted until $\nIf the server has a new CA, flash it:\nairpin image --repin|First value in $ s|Plug it into $.\nThe search goes on.",
        "|API_URL oder API_TOKEN fehlt.\nIn .env.local eintragen, dann\nairpin image und airpin flash.|Das dauert einige Sekunden.|Name und Passwort prüfen.\nEs muss ein Netz mit 2,4 GHz sein.\nVersteckte Netze gehen nie.|$|Vertraut bis $\nHat der Server eine neue CA: flashen\nmit airpin image --repin|Erster Wert in $ s|An $ anstecken.\nDie Suche geht weiter.",
    )
    return text.split("$").join(detail)
}

/** The way to the server, by its last result. */
export enum Way {
    untried,
    works,
    unconfigured,
    noWifi,
    refused,
    unauthorised,
    rejected,
    away,
}

/** In one line. */
export function wayText(way: number): string {
    return sayOne(
        way,
        "…|Connection works|No server is set|No Wi-Fi: readings are kept|Certificate refused: new CA?|The server refuses the token|The server rejects readings|Server away: readings are kept",
        "…|Verbindung steht|Kein Server eingestellt|Kein WLAN: Werte bleiben hier|Zertifikat abgelehnt: neue CA?|Server lehnt das Token ab|Server lehnt Werte ab|Server weg: Werte bleiben hier",
    )
}

/** What to do about it. */
export function wayAdvice(way: number): string {
    return sayOne(
        way,
        "||Set API_URL and API_TOKEN.|Check name, password, 2.4 GHz.|airpin image --repin, then flash|Make a new token on the server.|Look into the server's log.|It is tried again by itself.",
        "||API_URL und API_TOKEN setzen.|Name, Passwort, 2,4 GHz prüfen.|airpin image --repin, dann flash|Neues Token am Server anlegen.|Ins Protokoll des Servers sehen.|Es wird von selbst wieder versucht.",
    )
}

/** @param step 0: explained, 1: asked for confirmation, 2: begun, 3: impossible */
export function calibrationText(step: number): string {
    return (
        say(
            "Only in fresh air: outdoors, or at an\nopen window, for 3 minutes or more.\nKeep away: breath is not fresh air.\n\n",
            "Nur an frischer Luft: draußen oder\nam offenen Fenster, ab 3 Minuten.\nAbstand halten: Atem verfälscht.\n\n",
        ) +
        sayOne(
            step,
            "Hold B to begin.|Press B: yes, set it to 425 ppm.\nPress C: no.|Begun. You may leave this page.|No sensor here can be calibrated.",
            "B halten, um zu beginnen.|B drücken: ja, auf 425 ppm setzen.\nC drücken: nein.|Läuft. Du kannst die Seite verlassen.|Kein Sensor hier lässt sich abgleichen.",
        )
    )
}
