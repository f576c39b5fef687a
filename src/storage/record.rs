//! Reads values of PostgreSQL's type `record`, which [`tokio_postgres`] does not.

use std::error::Error;

use tokio_postgres::types::{FromSql, Type};

type Problem = Box<dyn Error + Sync + Send>;

/// The fields of a record that are not read yet. In the binary format (`record_send` of PostgreSQL 15), a record is the number of
/// its fields, and of each its type, its length, which is -1 for null, and its value.
pub(super) struct Record<'r> {
    fields_left: i32,
    rest: &'r [u8],
}

#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error("the record ends within a field")]
    Truncated,
    #[error("the record has too few fields")]
    NoField,
    #[error("a field has the unexpected type {0}")]
    WrongType(u32),
}

impl<'r> Record<'r> {
    /// Reads the next field.
    pub fn next<T: FromSql<'r>>(&mut self) -> Result<T, Problem> {
        if self.fields_left <= 0 {
            return Err(RecordError::NoField.into());
        }
        self.fields_left -= 1;
        let oid = u32::from_be_bytes(self.take()?);
        let length = i32::from_be_bytes(self.take()?);
        let field = Type::from_oid(oid).filter(|field| T::accepts(field));
        let field = field.ok_or(RecordError::WrongType(oid))?;
        // No length: null.
        let Ok(length) = usize::try_from(length) else {
            return T::from_sql_null(&field);
        };
        let (value, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(RecordError::Truncated)?;
        self.rest = rest;
        T::from_sql(&field, value)
    }

    fn take(&mut self) -> Result<[u8; 4], RecordError> {
        let (number, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(RecordError::Truncated)?;
        self.rest = rest;
        Ok(*number)
    }
}

impl<'r> FromSql<'r> for Record<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Problem> {
        let mut record = Self {
            fields_left: 0,
            rest: raw,
        };
        record.fields_left = i32::from_be_bytes(record.take()?);
        Ok(record)
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::RECORD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: [u8; 24] = [
        0, 0, 0, 2, // Two fields: a bigint and a text.
        0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2, // It is truncated here.
        0, 0, 0, 25,
    ];

    #[test]
    fn fields_are_read_by_their_types() {
        let mut raw = RECORD.to_vec();
        raw.extend([0xff; 4]);
        let mut record = Record::from_sql(&Type::RECORD, &raw).unwrap();
        assert_eq!(record.next::<i64>().unwrap(), 258);
        assert_eq!(record.next::<Option<&str>>().unwrap(), None);
        assert!(record.next::<Option<&str>>().is_err(), "there are two");
    }

    #[test]
    fn what_is_no_such_record_is_an_error() {
        let read = || Record::from_sql(&Type::RECORD, &RECORD).unwrap();
        assert!(read().next::<&str>().is_err(), "another type");
        let mut record = read();
        record.next::<i64>().unwrap();
        assert!(record.next::<Option<&str>>().is_err(), "truncated");
        assert!(Record::from_sql(&Type::RECORD, &[0, 0]).is_err());
    }
}
