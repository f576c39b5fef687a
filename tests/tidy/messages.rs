//! The rules about the texts in `src/messages`. That a used id exists is checked while compiling.

use super::tree::File;

/// Messages that one language has and another has not.
pub(crate) fn messages_of_one_language(files: &[File]) -> Vec<String> {
    let (english, russian) = (ids(files, "en"), ids(files, "ru"));
    let alone = |these: &[Message], those: &[Message]| -> Vec<String> {
        let lacking = |message: &&Message| !those.iter().any(|other| other.id == message.id);
        let alone = these.iter().filter(lacking);
        alone
            .map(|message| message.breach("in this language alone"))
            .collect()
    };
    let mut breaches = alone(&english, &russian);
    breaches.extend(alone(&russian, &english));
    breaches
}

/// Messages that neither code nor a template nor another message uses.
pub(crate) fn unused_messages(files: &[File]) -> Vec<String> {
    let used = |id: &str| {
        let (named, referred) = (format!("\"{id}\""), format!("{{ {id} }}"));
        files.iter().any(|file| {
            file.path.starts_with("src/")
                && (file.text.contains(&named) || file.text.contains(&referred))
        })
    };
    let messages = ids(files, "en");
    let unused = messages.iter().filter(|message| !used(message.id));
    unused
        .map(|message| message.breach("used nowhere"))
        .collect()
}

struct Message<'f> {
    file: &'f File,
    line: usize,
    id: &'f str,
}

impl Message<'_> {
    fn breach(&self, what: &str) -> String {
        self.file
            .breach(self.line, &format!("{} is {what}", self.id))
    }
}

fn ids<'f>(files: &'f [File], language: &str) -> Vec<Message<'f>> {
    let folder = format!("src/messages/{language}/");
    let catalogues = files.iter().filter(|file| file.path.starts_with(&folder));
    let messages = catalogues.flat_map(|file| {
        let lines = file.text.lines().zip(1..);
        lines.filter_map(move |(text, line)| {
            let (id, _) = text.split_once(" =")?;
            let is_message = id.starts_with(|c: char| c.is_ascii_lowercase());
            is_message.then_some(Message { file, line, id })
        })
    });
    messages.collect()
}
