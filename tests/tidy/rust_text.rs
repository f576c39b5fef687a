//! Rust as text, as far as the rules need it: not a parser, but never fooled by a comment, a literal or a test.

/// The text with every comment, string and character replaced by the line ends in it.
pub(crate) fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let cut = length_of_comment_or_literal(rest);
        if cut == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            code.extend(rest[..cut].chars().filter(|&c| c == '\n'));
            rest = &rest[cut..];
        }
    }
    code
}

/// The length of the comment or literal that `text` begins with; zero if it begins with neither.
fn length_of_comment_or_literal(text: &str) -> usize {
    let until = |from: usize, end: &str| {
        let found = text.get(from..).and_then(|rest| rest.find(end));
        found.map_or(text.len(), |at| from + at + end.len())
    };
    let hashes = text.chars().skip(1).take_while(|&c| c == '#').count();
    if text.starts_with("//") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        until(2, "*/")
    } else if text.starts_with('r') && text[1 + hashes..].starts_with('"') {
        until(hashes + 2, &format!("\"{}", "#".repeat(hashes)))
    } else if text.starts_with('"') {
        let mut escaped = false;
        let end = text.char_indices().skip(1).find(|&(_, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        end.map_or(text.len(), |(at, _)| at + 1)
    } else if text.starts_with(r"'\") {
        until(3, "'")
    } else if text.starts_with('\'') && text.chars().nth(2) == Some('\'') {
        text.chars().take(3).map(char::len_utf8).sum()
    } else {
        0
    }
}

/// The code with every item under `#[cfg(test)]` replaced by the line ends in it.
pub(crate) fn without_tests(code: &str) -> String {
    let Some(start) = code.find("#[cfg(test)]") else {
        return code.to_owned();
    };
    let mut depth = 0_usize;
    let end = code[start..].find(|c| {
        match c {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, '}' | ';')
    });
    let end = end.map_or(code.len(), |at| start + at + 1);
    let lines = "\n".repeat(code[start..end].matches('\n').count());
    format!("{}{lines}{}", &code[..start], without_tests(&code[end..]))
}

/// The names that the path prefix is followed by, `prefix::name` or `prefix::{name, name::..}`, each with its line.
pub(crate) fn names_after(code: &str, prefix: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let path = &code[at + prefix.len()..];
        let mut depth = 0_usize;
        let mut begins = true;
        for (at, c) in path.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ if begins && !c.is_whitespace() => {
                    let ends = |c: char| !c.is_alphanumeric() && c != '_' && c != '*';
                    let end = path[at..].find(ends).map_or(path.len(), |end| at + end);
                    names.push((line, path[at..end].to_owned()));
                    begins = false;
                }
                ',' if depth == 1 => begins = true,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

#[test]
fn comments_and_literals_are_cut_out_and_lines_stay() {
    let text = "a(\"x // \\\" y\", 'z', '\\'', r#\"\"q\"\n\"#) /* b\n*/ c::<'d>() // e\nf";
    assert_eq!(code_of(text), "a(, , , \n) \n c::<'d>() \nf");
}

#[test]
fn items_under_cfg_test_are_cut_out_and_lines_stay() {
    let code = "a();\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nc();\n#[cfg(test)]\nfn d(_: [u8; 1]) {}\ne();";
    assert_eq!(without_tests(code), "a();\n\n\n\n\nc();\n\n\ne();");
}

#[test]
fn names_are_found_after_a_path_and_in_its_group() {
    let names = |code: &str| {
        names_after(code, "crate::")
            .into_iter()
            .map(|(_, name)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("use crate::a::b; crate::c()"), ["a", "c"]);
    assert_eq!(names("use crate::{a::{b, c}, d, e::{f}};"), ["a", "d", "e"]);
    assert_eq!(names("use crate::*; use mycrate::g;"), ["*"]);
}
