//! A statement as a file, in pieces: the body of a response of the API or the panel.

use std::fmt;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tracing::error;

use super::{Format, Writer};
use crate::engine::{StatementError, StatementReader};
use crate::telemetry::chain;

/// Why a statement ended early.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("could not read the statement")]
    Read(#[source] StatementError),
    #[error("could not write the statement")]
    Write(#[source] fmt::Error),
}

/// What comes next.
enum Next {
    Head,
    Totals,
    Entries,
    End,
}

/// Returns the file in pieces, up to the first error.
pub fn file(
    reader: StatementReader,
    writer: Writer,
    format: Format,
) -> impl Stream<Item = Result<Bytes, FileError>> {
    let begin = (reader, writer, Next::Head);
    stream::try_unfold(begin, move |(mut reader, mut writer, next)| async move {
        let piece = piece(&mut reader, &mut writer, next, format).await;
        let piece = piece.inspect_err(|error| {
            let wallet = reader.statement().wallet;
            error!(wallet.id = %wallet, error = %chain(error), "statement failed");
        })?;
        Ok(piece.map(|(piece, next)| (Bytes::from(piece), (reader, writer, next))))
    })
}

/// The body of a response without one.
pub fn empty() -> impl Stream<Item = Result<Bytes, FileError>> {
    stream::empty()
}

async fn piece(
    reader: &mut StatementReader,
    writer: &mut Writer,
    next: Next,
    format: Format,
) -> Result<Option<(String, Next)>, FileError> {
    let (piece, next) = match next {
        Next::Head if format.totals_first() => (writer.head(), Next::Totals),
        Next::Head => (writer.head(), Next::Entries),
        Next::Totals => {
            let totals = reader.totals().await.map_err(FileError::Read)?;
            (writer.totals(&totals), Next::Entries)
        }
        Next::Entries => {
            let page = reader.page().await.map_err(FileError::Read)?;
            if page.is_empty() {
                (writer.foot(&reader.progress().totals), Next::End)
            } else {
                (writer.entries(&page), Next::Entries)
            }
        }
        Next::End => return Ok(None),
    };
    Ok(Some((piece.map_err(FileError::Write)?, next)))
}
