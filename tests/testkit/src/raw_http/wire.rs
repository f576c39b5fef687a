//! Bytes of a response as they come, asked for by a mark, by their number or in chunks.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::malformed;

/// The reading end of a connection and what came from it but was not asked for yet.
pub(super) struct Wire<R> {
    pub reading: R,
    pub unread: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Wire<R> {
    pub fn new(reading: R) -> Self {
        Self {
            reading,
            unread: Vec::new(),
        }
    }

    /// Waits for more bytes; `false` at the end of the connection, however it came.
    pub async fn more(&mut self) -> io::Result<bool> {
        match self.reading.read_buf(&mut self.unread).await {
            Ok(count) => Ok(count > 0),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn more_or_fail(&mut self) -> io::Result<()> {
        if self.more().await? {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!(
                "the server closed within its response, after {:?}",
                String::from_utf8_lossy(&self.unread)
            ),
        ))
    }

    /// What comes before the mark; the mark is dropped.
    pub async fn until(&mut self, mark: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            let found = self.unread.windows(mark.len()).position(|at| at == mark);
            if let Some(end) = found {
                let before = self.unread[..end].to_vec();
                self.unread.drain(..end + mark.len());
                return Ok(before);
            }
            self.more_or_fail().await?;
        }
    }

    pub async fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.more_or_fail().await?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    pub async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8_lossy(&self.until(b"\r\n").await?).into_owned();
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16).map_err(|_| malformed("chunk size"))?;
            body.extend(self.take(size).await?);
            if self.take(2).await? != b"\r\n" {
                return Err(malformed("chunk end"));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }
}
