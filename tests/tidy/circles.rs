//! The rule of circles: within a folder of `src`, imports go one way.
//!
//! The nodes of a folder are its files, its sub-folders, each as a whole, and its face: `mod.rs`, or the file of the
//! folder's name beside it. A path into the folder leads to the node that has what it names: a name that the face only
//! re-exports leads to the sibling that defines it, and one that the face defines leads to the face. The face imports a
//! node where it uses its names, not where it declares or re-exports it. A file that extends a type of its face by an
//! `impl` is imported by no other, and so in no circle. Tests do not count, and neither does the crate's root: who may import
//! whom there is in the table of imports.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::File;

const FACE: &str = "its face";

type Path = Vec<String>;
type Edges = BTreeMap<String, BTreeSet<String>>;

/// Nodes of one folder that import each other, a line for each circle.
pub(crate) fn import_circles(files: &[File]) -> Vec<String> {
    let modules: BTreeMap<Path, String> = files
        .iter()
        .filter_map(|file| {
            let path = file.module()?.into_iter().map(str::to_owned).collect();
            Some((path, file.shipped()))
        })
        .collect();
    let mut folders: BTreeMap<Path, Edges> = BTreeMap::new();
    for (module, code) in &modules {
        for target in targets(module, code, &modules) {
            for depth in 1..=module.len() {
                let folder = &module[..depth];
                if !target.starts_with(folder) {
                    break;
                }
                let from = node(module, depth, &modules);
                let to = node(&resolved(&target, depth, &modules), depth, &modules);
                if from != to {
                    let edges = folders.entry(folder.to_vec()).or_default();
                    edges.entry(from).or_default().insert(to);
                }
            }
        }
    }
    let circles = folders.iter().flat_map(|(folder, edges)| {
        let folder = format!("src/{}", folder.join("/"));
        let circles = circles(edges).into_iter();
        circles.map(move |nodes| {
            let nodes: Vec<_> = nodes.iter().map(String::as_str).collect();
            format!("{folder}: {}", nodes.join(", "))
        })
    });
    circles.collect()
}

/// The child of the folder, of that depth, that has the path; otherwise it is the face's own.
fn node(path: &[String], depth: usize, modules: &BTreeMap<Path, String>) -> String {
    match path.get(depth) {
        Some(child) if modules.contains_key(&path[..=depth]) => child.clone(),
        _ => FACE.to_owned(),
    }
}

/// The path, led on to where the folder's face re-exports it from.
fn resolved(path: &[String], depth: usize, modules: &BTreeMap<Path, String>) -> Path {
    let folder = &path[..depth];
    let Some(name) = path
        .get(depth)
        .filter(|_| !modules.contains_key(&path[..=depth]))
    else {
        return path.to_vec();
    };
    let exports = modules.get(folder).map(|face| reexports(face));
    let from = exports.and_then(|exports| {
        let mut from = exports.into_iter().filter(|(exported, _)| exported == name);
        from.next().map(|(_, from)| from)
    });
    let from = from.map(|from| folder.iter().cloned().chain(from).collect());
    from.unwrap_or_else(|| path.to_vec())
}

/// Every name that the face re-exports, with its path below the folder.
fn reexports(face: &str) -> Vec<(String, Path)> {
    let mut exports = Vec::new();
    for (statement, is_public) in uses(face) {
        if is_public {
            for mut path in trees(statement) {
                path.retain(|segment| segment != "self");
                if let Some(name) = path.last().cloned() {
                    exports.push((name, path));
                }
            }
        }
    }
    exports
}

/// The trees of the `use` statements, and whether they re-export.
fn uses(code: &str) -> Vec<(&str, bool)> {
    let starts = code.match_indices("use ").filter(|(at, _)| {
        let before = code[..*at].chars().next_back();
        before.is_none_or(char::is_whitespace)
    });
    starts
        .filter_map(|(at, _)| {
            let end = at + code[at..].find(';')?;
            let line = code[..at]
                .rsplit(['\n', ';', '}'])
                .next()
                .unwrap_or_default();
            Some((&code[at + 4..end], line.trim_start().starts_with("pub")))
        })
        .collect()
}

/// What the module's code names of the crate, as paths from its root.
fn targets(module: &[String], code: &str, modules: &BTreeMap<Path, String>) -> Vec<Path> {
    let mut found = Vec::new();
    let mut prefixes = vec![("crate::".to_owned(), Path::new())];
    for up in 1..=module.len() {
        prefixes.push(("super::".repeat(up), module[..module.len() - up].to_vec()));
    }
    let children = modules
        .keys()
        .filter(|path| path.len() == module.len() + 1 && path.starts_with(module));
    for child in children {
        prefixes.push((format!("{}::", child[module.len()]), child.clone()));
    }
    let public: Vec<_> = uses(code)
        .into_iter()
        .filter(|(_, public)| *public)
        .collect();
    for (prefix, base) in prefixes {
        for (at, _) in code.match_indices(prefix.as_str()) {
            let is_inner = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let rest = &code[at + prefix.len()..];
            // `pub(in path)` imports nothing.
            let is_scope = code[..at].ends_with("(in ");
            if code[..at].ends_with(is_inner) || is_scope || rest.starts_with("super::") {
                continue;
            }
            let is_in = |text: &str| {
                let start = text.as_ptr() as usize - code.as_ptr() as usize;
                (start..start + text.len()).contains(&at)
            };
            if public.iter().any(|(text, _)| is_in(text)) {
                continue;
            }
            for path in trees(rest) {
                found.push(base.iter().cloned().chain(path).collect());
            }
        }
    }
    found
}

/// The paths of a `use` tree, or of a path in code, up to its end.
fn trees(text: &str) -> Vec<Path> {
    let mut paths = Vec::new();
    tree(text, &[], &mut paths);
    paths
}

/// Adds the tree's paths; gives what follows it.
fn tree<'t>(text: &'t str, before: &[String], paths: &mut Vec<Path>) -> &'t str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let next = tree(rest, before, paths).trim_start();
            let next = next.strip_prefix(',').unwrap_or(next);
            if next.len() == rest.len() || next.is_empty() {
                return next;
            }
            rest = next;
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    if name.is_empty() {
        return rest;
    }
    let mut path = before.to_vec();
    if name != "self" && name != "*" {
        path.push(name.to_owned());
    }
    if let Some(rest) = rest.strip_prefix("::") {
        return tree(rest, &path, paths);
    }
    paths.push(path);
    match rest.trim_start().strip_prefix("as ") {
        Some(alias) => alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => rest,
    }
}

/// Sets of nodes that reach each other.
fn circles(edges: &Edges) -> Vec<BTreeSet<String>> {
    let reach = |from: &String| {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(node) = next.pop() {
            for to in edges.get(node).into_iter().flatten() {
                if reached.insert(to.clone()) {
                    next.push(to);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        edges.keys().map(|node| (node, reach(node))).collect();
    let mut found = BTreeSet::new();
    for (node, reaches) in &reached {
        let back = |other: &&String| reached.get(other).is_some_and(|it| it.contains(*node));
        let circle: BTreeSet<_> = reaches.iter().filter(back).cloned().collect();
        if circle.contains(*node) {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}
