//! Reads values of PostgreSQL's type `record`, which [`tokio_postgres`] does not.

use std::error::Error;

use tokio_postgres::types::{FromSql, Type};

type Problem = Box<dyn Error + Sync + Send>;

/// Records of an array of one dimension. In the binary format (`array_send` of PostgreSQL 15), an array is the number of its
/// dimensions, whether it has nulls, and the type of its elements; of each dimension its length and its first subscript; and of each
/// element its length and its value.
pub(super) struct Records<'r>(pub Vec<Record<'r>>);

/// The fields of a record that are not read yet. In the binary format (`record_send` of PostgreSQL 15), a record is the number of
/// its fields, and of each its type, its length, which is -1 for null, and its value.
pub(super) struct Record<'r> {
    fields_left: i32,
    rest: Rest<'r>,
}

/// What is not read yet.
#[derive(Clone, Copy)]
struct Rest<'r>(&'r [u8]);

#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error("the record ends within a field")]
    Truncated,
    #[error("the record has too few fields")]
    NoField,
    #[error("a field has the unexpected type {0}")]
    WrongType(u32),
    #[error("the array is not one of records")]
    OtherArray,
}

impl<'r> Record<'r> {
    /// Reads the next field.
    pub fn next<T: FromSql<'r>>(&mut self) -> Result<T, Problem> {
        if self.fields_left <= 0 {
            return Err(RecordError::NoField.into());
        }
        self.fields_left -= 1;
        let oid = self.rest.number()?.cast_unsigned();
        let field = Type::from_oid(oid).filter(|field| T::accepts(field));
        let field = field.ok_or(RecordError::WrongType(oid))?;
        match self.rest.value()? {
            Some(value) => T::from_sql(&field, value),
            None => T::from_sql_null(&field),
        }
    }

    fn of(raw: &'r [u8]) -> Result<Self, RecordError> {
        let mut rest = Rest(raw);
        Ok(Self {
            fields_left: rest.number()?,
            rest,
        })
    }
}

impl<'r> Rest<'r> {
    fn number(&mut self) -> Result<i32, RecordError> {
        let (number, rest) = self.0.split_first_chunk().ok_or(RecordError::Truncated)?;
        self.0 = rest;
        Ok(i32::from_be_bytes(*number))
    }

    /// Reads a length and a value; `None`: null, which has no length.
    fn value(&mut self) -> Result<Option<&'r [u8]>, RecordError> {
        let Ok(length) = usize::try_from(self.number()?) else {
            return Ok(None);
        };
        let split = self.0.split_at_checked(length);
        let (value, rest) = split.ok_or(RecordError::Truncated)?;
        self.0 = rest;
        Ok(Some(value))
    }
}

impl<'r> FromSql<'r> for Records<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Problem> {
        let mut rest = Rest(raw);
        let (dimensions, _, elements) = (rest.number()?, rest.number()?, rest.number()?);
        if elements.cast_unsigned() != Type::RECORD.oid() || !(0..=1).contains(&dimensions) {
            return Err(RecordError::OtherArray.into());
        }
        if dimensions == 0 {
            return Ok(Self(Vec::new()));
        }
        let (length, _) = (rest.number()?, rest.number()?);
        let records = (0..length).map(|_| {
            let value = rest.value()?.ok_or(RecordError::OtherArray)?;
            Record::of(value)
        });
        Ok(Self(records.collect::<Result<_, _>>()?))
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::RECORD_ARRAY
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
        let mut record = Record::of(&raw).unwrap();
        assert_eq!(record.next::<i64>().unwrap(), 258);
        assert_eq!(record.next::<Option<&str>>().unwrap(), None);
        assert!(record.next::<Option<&str>>().is_err(), "there are two");
    }

    #[test]
    fn what_is_no_such_record_is_an_error() {
        let read = || Record::of(&RECORD).unwrap();
        assert!(read().next::<&str>().is_err(), "another type");
        let mut record = read();
        record.next::<i64>().unwrap();
        assert!(record.next::<Option<&str>>().is_err(), "truncated");
        assert!(Record::of(&[0, 0]).is_err());
    }

    #[test]
    fn an_array_is_read_if_it_is_one_of_records() {
        let array = |numbers: &[i32], values: &[u8]| {
            let numbers = numbers.iter().flat_map(|number| number.to_be_bytes());
            let raw: Vec<u8> = numbers.chain(values.iter().copied()).collect();
            let records = Records::from_sql(&Type::RECORD_ARRAY, &raw);
            records.map(|Records(records)| records.len()).ok()
        };
        assert_eq!(array(&[0, 0, 2249], &[]), Some(0));
        assert_eq!(array(&[1, 0, 2249, 1, 1, 24], &RECORD), Some(1));
        assert_eq!(array(&[1, 0, 2249, 2, 1, 24], &RECORD), None, "truncated");
        assert_eq!(array(&[1, 1, 2249, 1, 1, -1], &[]), None, "a null");
        assert_eq!(array(&[1, 0, 20, 0, 1], &[]), None, "of numbers");
        assert_eq!(array(&[2, 0, 2249, 0, 1, 0, 1], &[]), None);
    }
}
