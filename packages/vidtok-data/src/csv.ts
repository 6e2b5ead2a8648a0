/** Records of a comma-separated file, and what was wrong with the lines left out. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly problems: readonly string[];
}

interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  readonly isClosed: boolean;
}

/**
 * Parses comma-separated text with a header line. Records with too many fields or an unclosed
 * quote, and those with any empty or missing field, are left out and reported by line.
 */
export function parseCsv(text: string, name: string): CsvTable {
  const [first, ...records] = splitRecords(text);
  const header = first?.fields ?? [];
  const rows: (readonly string[])[] = [];
  const problems: string[] = [];
  for (const { line, fields, isClosed } of records) {
    const problem = !isClosed
      ? "opens a quote that is never closed"
      : fields.length > header.length
        ? `has ${fields.length} fields but the header has ${header.length}`
        : fields.length < header.length || fields.includes("")
          ? "has an empty field"
          : undefined;
    if (problem === undefined) rows.push(fields);
    else problems.push(`${name}: line ${line} ${problem}; skipped`);
  }
  return { header, rows, problems };
}

/** Quoted fields may hold commas, line ends and doubled quotes; blank lines are no records. */
function splitRecords(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let field = "";
  let isQuoted = false; // the field began with a quote
  let isOpen = false; // and the closing one has not come yet
  let line = 1;
  let startLine = 1;
  const endRecord = (): void => {
    const isBlank = fields.length === 0 && field === "" && !isQuoted;
    if (!isBlank) records.push({ line: startLine, fields: [...fields, field], isClosed: !isOpen });
    [fields, field, isQuoted, startLine] = [[], "", false, line];
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    const isLineEnd = c === "\n" || (c === "\r" && text[i + 1] !== "\n");
    if (isLineEnd) line++;
    if (isOpen) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i]!;
      else isOpen = false;
    } else if (c === '"' && field === "" && !isQuoted) {
      isQuoted = isOpen = true;
    } else if (c === ",") {
      fields.push(field);
      [field, isQuoted] = ["", false];
    } else if (isLineEnd) {
      endRecord();
    } else if (c !== "\r") {
      field += c;
    }
  }
  endRecord();
  return records;
}

/** One line of comma-separated text, its end included; fields are quoted where they need it. */
export function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((field) =>
    /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field,
  );
  return `${quoted.join(",")}\n`;
}
