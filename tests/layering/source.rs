//! Just enough of a Rust reader for the layering rules: no syntax tree, offsets and lines kept.

#[derive(Clone, Copy)]
pub struct Token<'a> {
    pub text: &'a str,
    /// Offset in the text.
    pub at: usize,
}

pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Words, `::`, and single characters.
pub fn tokens(code: &str) -> Vec<Token<'_>> {
    let bytes = code.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let start = at;
        if is_word(bytes[at]) {
            while at < bytes.len() && is_word(bytes[at]) {
                at += 1;
            }
        } else {
            at += if code[at..].starts_with("::") { 2 } else { 1 };
            if bytes[start].is_ascii_whitespace() {
                continue;
            }
        }
        found.push(Token { text: &code[start..at], at: start });
    }
    found
}

fn blank(code: &mut [u8], from: usize, to: usize) {
    for byte in &mut code[from..to] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The text with comments, strings and characters blanked: offsets and lines stay.
pub fn bare(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let after_word = at > 0 && is_word(bytes[at - 1]);
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if rest.starts_with('"') {
            quoted(rest, '"')
        } else if let Some(hashes) = raw_string(rest).filter(|_| !after_word) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = rest.find('"').unwrap() + 1;
            rest[open..].find(&close).map_or(rest.len(), |n| open + n + close.len())
        } else if rest.starts_with('\'') && !is_lifetime(rest) {
            quoted(rest, '\'')
        } else {
            at += rest.chars().next().unwrap().len_utf8();
            continue;
        };
        blank(&mut code, at, at + end);
        at += end;
    }
    String::from_utf8(code).unwrap()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = rest.as_bytes()[at..].get(..2).unwrap_or_default();
        depth += i32::from(step == b"/*") - i32::from(step == b"*/");
        at += if step == b"/*" || step == b"*/" { 2 } else { 1 };
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if !escaped && c == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    rest.len()
}

/// Number of `#` of a raw string that starts here.
fn raw_string(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = inner.len() - inner.trim_start_matches('#').len();
    inner[hashes..].starts_with('"').then_some(hashes)
}

fn is_lifetime(rest: &str) -> bool {
    let mut next = rest.chars().skip(1);
    next.next().is_some_and(|c| c.is_alphabetic() || c == '_') && next.next() != Some('\'')
}

/// What a source file is once everything irrelevant is blanked.
pub struct Source {
    /// Without comments, strings and test items.
    pub code: String,
    /// Besides, without items that exist only with a feature: those may use `std`.
    pub always: String,
    /// Files that exist only for tests, relative to the directory of submodules.
    pub tests: Vec<String>,
}

pub fn read(text: &str) -> Source {
    let mut code = bare(text).into_bytes();
    let mut always = code.clone();
    let mut tests = Vec::new();
    let skeleton = String::from_utf8(code.clone()).unwrap();
    for (start, _) in skeleton.match_indices("#[cfg(") {
        let attribute = &text[start..start + bracketed(&skeleton[start..])];
        let end = start + item(&skeleton[start..]);
        let condition: String = attribute.split_whitespace().collect();
        if condition.starts_with("#[cfg(test)") || condition.starts_with("#[cfg(all(test,") {
            let words = tokens(&skeleton[start..end]);
            if let [.., keyword, name, last] = words[..]
                && keyword.text == "mod"
                && last.text == ";"
            {
                let path = text[start..end].split("#[path = \"").nth(1).and_then(|p| p.split('"').next());
                tests.push(path.map_or(format!("{}.rs", name.text), str::to_owned));
                tests.push(format!("{}/mod.rs", name.text));
            }
            blank(&mut code, start, end);
            blank(&mut always, start, end);
        } else if condition.contains("feature=\"") && !condition.contains("not(") {
            blank(&mut always, start, end);
        }
    }
    Source { code: String::from_utf8(code).unwrap(), always: String::from_utf8(always).unwrap(), tests }
}

/// Length of the first bracketed group.
fn bracketed(code: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Length of an item with its attributes: up to its `;`, or the end of its block.
fn item(code: &str) -> usize {
    let mut at = 0;
    while at < code.len() {
        match code.as_bytes()[at] {
            b';' => return at + 1,
            b'{' => return at + bracketed(&code[at..]),
            b'(' | b'[' => at += bracketed(&code[at..]),
            b'}' => return at,
            _ => at += 1,
        }
    }
    code.len()
}
