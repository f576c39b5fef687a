//! The statements of a file, one by one: Citus (13.2) passes the text of a request on to the nodes, where it has to be one statement.

/// Returns the statements of a text of this project's, each with the comments before it.
///
/// It knows comments to the end of a line, quoted texts and names, bodies in dollars, and bodies between `BEGIN ATOMIC` and `END`.
pub(super) fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut at, mut depth) = (0, 0, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let len = token(rest);
        match &rest[..len] {
            ";" if depth == 0 => {
                found.push(text[from..at].trim());
                from = at + len;
            }
            "ATOMIC" => depth = 1,
            "CASE" if depth > 0 => depth += 1,
            "END" => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += len;
    }
    found.push(text[from..].trim());
    found.retain(|statement| {
        let mut lines = statement.lines();
        lines.any(|line| !line.is_empty() && !line.trim_start().starts_with("--"))
    });
    found
}

/// Returns the length of what the text begins with: a word, a comment, something quoted, or any other character.
fn token(text: &str) -> usize {
    let closed_by = |end: &str, begin: usize| {
        let length = text[begin..]
            .find(end)
            .map(|found| begin + found + end.len());
        length.unwrap_or(text.len())
    };
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let first = text.chars().next().unwrap_or_default();
    if text.starts_with("--") {
        return closed_by("\n", 0);
    }
    if first == '\'' || first == '"' {
        return closed_by(&first.to_string(), 1);
    }
    if first == '$' {
        let tag = text[1..].find('$').map(|end| &text[..end + 2]);
        let tag = tag.filter(|tag| tag.trim_matches('$').chars().all(is_of_word));
        return tag.map_or(1, |tag| closed_by(tag, tag.len()));
    }
    if is_of_word(first) {
        return text.find(|c| !is_of_word(c)).unwrap_or(text.len());
    }
    first.len_utf8()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_divided_where_a_statement_ends() {
        let text = "-- One; of two.\nSELECT ';', 'it''s;' AS \"a;b\"; -- and\nSELECT 2;\n-- Nothing more;\n";
        assert_eq!(
            statements(text),
            [
                "-- One; of two.\nSELECT ';', 'it''s;' AS \"a;b\"",
                "-- and\nSELECT 2"
            ]
        );
        for one in [
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a;'; END $$",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $b$ BEGIN a; $$ END; $b$",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN CASE WHEN true THEN 1 END",
        ] {
            assert_eq!(statements(&format!("{one};")), [one]);
            let two = format!("{one};\nSELECT $1;");
            assert_eq!(statements(&two), [one, "SELECT $1"]);
        }
    }
}
